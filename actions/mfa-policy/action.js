/**
 * Asks for a second factor in organizations that want one: `mfaPolicy` in the organization's metadata, a JSON object
 * {enforce, providers: [factor types], skipFederated}. Whoever has one of the factors proves it, whoever has none enrols
 * one. Who came through a company's own identity provider may be left to that; an address is never a reason.
 */

const ENTERPRISE = ['ad', 'adfs', 'auth0-adldap', 'custom', 'google-apps', 'ip', 'oidc', 'office365', 'okta', 'pingfederate', 'samlp', 'sharepoint', 'waad'];

exports.onExecutePostLogin = async (event, api) => {
  const policy = policyOf(event.organization);
  if (!policy.enforce) return;
  if (policy.skipFederated && ENTERPRISE.includes(event.connection?.strategy)) return;
  const methods = event.authentication?.methods;
  if (methods?.some((method) => method.name === 'mfa')) return;
  if (event.transaction?.protocol === 'oauth2-refresh-token') {
    // No page can be shown. A login from before the policy ends here; one of which nothing is known goes on.
    if (methods) api.access.deny('This organization asks for a second factor: log in again.');
    return;
  }
  const wanted = policy.providers.map((type) => ({ type }));
  const enrolled = (event.user.enrolledFactors ?? []).map((factor) => factor.type);
  const usable = wanted.filter((factor) => enrolled.includes(factor.type));
  if (usable.length > 0) api.authentication.challengeWithAny(usable);
  else api.authentication.enrollWithAny(wanted);
};

/** What cannot be read is taken at its strictest: a policy was wanted. */
function policyOf(organization) {
  const text = organization?.metadata?.mfaPolicy;
  if (text === undefined || text === '') return { enforce: false };
  let policy;
  try {
    policy = JSON.parse(text);
  } catch {
    console.log('mfa-policy: the policy is not JSON');
  }
  const providers = Array.isArray(policy?.providers) ? policy.providers.filter((type) => typeof type === 'string') : [];
  return {
    enforce: policy?.enforce !== false,
    providers: providers.length > 0 ? providers : ['otp'],
    skipFederated: policy?.skipFederated === true,
  };
}
