/**
 * Says in the access token when the person last proved who they are, and, when the login was begun to link this account
 * with another one (`link_with=USER_ID` at /authorize), with which. A token without these claims proves neither.
 *
 * Secrets: CLAIMS_NAMESPACE (https://tenantry.dev when missing).
 */

const DEFAULT_NAMESPACE = 'https://tenantry.dev';

exports.onExecutePostLogin = async (event, api) => {
  try {
    const namespace = (event.secrets?.CLAIMS_NAMESPACE || DEFAULT_NAMESPACE).replace(/\/+$/, '');
    const times = (event.authentication?.methods ?? []).map((method) => Date.parse(method.timestamp));
    const latest = Math.max(...times.filter((time) => !Number.isNaN(time)));
    if (Number.isFinite(latest)) {
      api.accessToken.setCustomClaim(`${namespace}/authenticated_at`, Math.floor(latest / 1000));
    }
    // What a refresh asks for was decided by the login before it, so only a login can be for linking.
    const other = event.request?.query?.link_with;
    if (event.transaction?.protocol === 'oidc-basic-profile' && typeof other === 'string' && other !== '') {
      api.accessToken.setCustomClaim(`${namespace}/link_with`, other);
    }
  } catch (error) {
    console.log(`login-proof: ${error?.name}: ${error?.message}`);
  }
};
