/**
 * Gives whoever logs in to an organization without a role there the member role. Tokens show it from the next one on.
 *
 * Secrets: DOMAIN, CLIENT_ID, CLIENT_SECRET (an application with `create:organization_member_roles`), MEMBER_ROLE_ID.
 * Dependency: auth0 4.
 */

const { ManagementClient } = require('auth0');

const SECRETS = ['DOMAIN', 'CLIENT_ID', 'CLIENT_SECRET', 'MEMBER_ROLE_ID'];

// Token and assignment are two calls, and Auth0 ends a login whose Actions take 20 s together.
const CALL_LIMIT = 4000;

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
      timeoutDuration: CALL_LIMIT,
      retry: { enabled: false },
    });
    await management.organizations.addMemberRoles(
      { id: event.organization.id, user_id: event.user.user_id },
      { roles: [secrets.MEMBER_ROLE_ID] },
    );
  } catch (error) {
    // Without the message, which can quote the request and with it the secrets.
    const reason = [error?.name, error?.statusCode, error?.errorCode].filter(Boolean).join(' ');
    console.log(`default-member-role: no role assigned in ${event.organization.id}: ${reason || 'error'}`);
  }
};
