/**
 * Gives whoever logs in to an organization without a role there the member role. Tokens show it from the next one on.
 *
 * Secrets: DOMAIN, CLIENT_ID, CLIENT_SECRET (an application with `create:organization_member_roles`), MEMBER_ROLE_ID.
 * Dependency: auth0 4.
 */

const { ManagementClient } = require('auth0');

const SECRETS = ['DOMAIN', 'CLIENT_ID', 'CLIENT_SECRET', 'MEMBER_ROLE_ID'];

// Milliseconds. Auth0 fails a login whose Actions take 20 s together, and the package's own limit is 10 s for each of two
// calls.
const LIMIT = 8000;

exports.onExecutePostLogin = async (event) => {
  // Not `stats.logins_count`: it counts logins anywhere, so a second organization would get no role.
  if (!event.organization || event.authorization?.roles?.length !== 0) return;

  const secrets = event.secrets ?? {};
  const missing = SECRETS.filter((name) => !secrets[name]);
  if (missing.length > 0) {
    console.log(`default-member-role: not configured, missing ${missing.join(', ')}`);
    return;
  }
  try {
    const management = new ManagementClient({
      domain: secrets.DOMAIN,
      clientId: secrets.CLIENT_ID,
      clientSecret: secrets.CLIENT_SECRET,
    });
    await inTime(management.organizations.addMemberRoles(
      { id: event.organization.id, user_id: event.user.user_id },
      { roles: [secrets.MEMBER_ROLE_ID] },
    ));
  } catch (error) {
    // Without the message, which can quote the request and with it the secrets.
    const reason = [error?.name, error?.statusCode, error?.errorCode].filter(Boolean).join(' ');
    console.log(`default-member-role: no role assigned in ${event.organization.id}: ${reason || 'error'}`);
  }
};

async function inTime(call) {
  // Not every engine that runs Actions has timers; one that has none sets its own limit.
  if (typeof setTimeout !== 'function') return call;
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject({ name: 'TooLate' }), LIMIT);
  });
  return Promise.race([call, tooLate]).finally(() => clearTimeout(timer));
}
