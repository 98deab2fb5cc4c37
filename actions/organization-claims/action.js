/**
 * Puts the roles held in the organization and the subscription into the access token, for display and early hints.
 * Nothing may be allowed because of them.
 *
 * Secrets: CLAIMS_NAMESPACE (https://tenantry.dev when missing).
 */

const DEFAULT_NAMESPACE = 'https://tenantry.dev';
const SUBSCRIPTION =
  /^(?:trial|personal|team|enterprise);(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z);(?:active|activation|past_due|expired|canceled)$/;

exports.onExecutePostLogin = async (event, api) => {
  try {
    // Auth0 drops a bare `roles` claim without a word; only a namespaced one arrives.
    const namespace = (event.secrets?.CLAIMS_NAMESPACE || DEFAULT_NAMESPACE).replace(/\/+$/, '');
    if (event.organization) {
      api.accessToken.setCustomClaim(`${namespace}/roles`, event.authorization?.roles ?? []);
    }
    const subscription = subscriptionOf(event);
    if (isSubscription(subscription)) {
      api.accessToken.setCustomClaim(`${namespace}/subscription`, subscription);
    }
  } catch (error) {
    console.log(`organization-claims: ${error?.name}: ${error?.message}`);
  }
};

function subscriptionOf(event) {
  if (event.organization) return event.organization.metadata?.subscription;
  // At the first login, what manage-subscription has just written.
  return event.user.app_metadata?.subscription ?? event.transaction?.metadata?.subscription;
}

function isSubscription(value) {
  const end = typeof value === 'string' && SUBSCRIPTION.exec(value)?.[1];
  return Boolean(end) && !Number.isNaN(Date.parse(end)) && new Date(end).toISOString() === end;
}
