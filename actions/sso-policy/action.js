/**
 * In an organization, names the connection of the login in the access token, so that the API can narrow what the token is
 * good for. Where the organization's metadata says `sso` = `enforce:CONNECTION_ID,…`, refuses whoever came by another way.
 * Administrators are let in all the same: the API lets them do nothing but break the glass.
 *
 * Secrets: CLAIMS_NAMESPACE (https://tenantry.dev when missing).
 */

const DEFAULT_NAMESPACE = 'https://tenantry.dev';
const ENFORCE = 'enforce:';

exports.onExecutePostLogin = async (event, api) => {
  const { organization, connection } = event;
  if (!organization) return;
  const namespace = (event.secrets?.CLAIMS_NAMESPACE || DEFAULT_NAMESPACE).replace(/\/+$/, '');
  if (connection?.name) api.accessToken.setCustomClaim(`${namespace}/connection`, connection.name);
  const policy = organization.metadata?.sso;
  if (typeof policy !== 'string' || !policy.startsWith(ENFORCE)) return;
  const own = policy.slice(ENFORCE.length).split(',');
  if (connection?.id && own.includes(connection.id)) return;
  if (event.authorization?.roles?.includes('org_admin')) return;
  api.access.deny('sso_required: this organization logs in through its own identity provider');
};
