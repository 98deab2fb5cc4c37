// What the browser's suites need in the tenant, by plain calls of the Management API.

import { randomBytes } from 'node:crypto';
import { running } from '../../node-support/dev.mjs';

export const dev = running();
export const API = 'https://api.tenantry.dev';
export const PASSWORD = 'Correct-horse-9';

const issuer = `https://${dev.domain}`;
const fresh = (word) => `${word}-${randomBytes(4).toString('hex')}`;

const sent = async (address, method, body, headers = {}) => {
  const response = await fetch(address, {
    method, headers: { 'content-type': 'application/json', ...headers }, body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

const { access_token } = await sent(`${issuer}/oauth/token`, 'POST', {
  grant_type: 'client_credentials', client_id: 'tenantry-management', client_secret: 'tenantry-management-secret',
  audience: `${issuer}/api/v2/`,
});

export const call = (method, path, body) =>
  sent(`${issuer}/api/v2/${path}`, method, body, { authorization: `Bearer ${access_token}` });

const database = async () => (await call('GET', 'connections?name=Username-Password-Authentication'))[0].id;

// A single-page application whose pages are these, the first of which is also its login route.
export const application = async (origin, pages) => {
  const addresses = pages.map((page) => `${origin}${page}`);
  const { client_id } = await call('POST', 'clients', {
    name: fresh('spa'), app_type: 'spa', token_endpoint_auth_method: 'none', callbacks: addresses,
    allowed_logout_urls: addresses, web_origins: [origin], initiate_login_uri: addresses[0],
    grant_types: ['authorization_code', 'refresh_token'], organization_usage: 'allow', organization_require_behavior: 'no_prompt',
    refresh_token: {
      rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86_400, idle_token_lifetime: 3_600,
      infinite_token_lifetime: false, infinite_idle_token_lifetime: false,
    },
  });
  await call('PATCH', `connections/${await database()}/clients`, [{ client_id, status: true }]);
  return client_id;
};

export const person = async () => {
  const email = `${fresh('user')}@example.com`;
  const { user_id } = await call('POST', 'users', { connection: 'Username-Password-Authentication', email, password: PASSWORD });
  return { user_id, email };
};

export const organization = async () => call('POST', 'organizations', {
  name: fresh('acme'), display_name: 'Acme', enabled_connections: [{ connection_id: await database() }],
});

export const member = async ({ id }) => {
  const who = await person();
  await call('POST', `organizations/${id}/members`, { members: [who.user_id] });
  return who;
};

export const invitation = async ({ id }, client_id) => {
  const email = `${fresh('invited')}@acme.example`;
  const { invitation_url } = await call('POST', `organizations/${id}/invitations`, {
    client_id, inviter: { name: 'Ada' }, invitee: { email }, send_invitation_email: false,
  });
  return { email, invitation_url };
};
