// What the suites of the login need in the tenant: an application of their own, organizations, people.

import { all, fresh, management, newUser, PASSWORD } from './management.mjs';

export const API = 'https://api.tenantry.dev';

const auth0 = management();

const database = async () => (await auth0.connections.list({ name: 'Username-Password-Authentication' })).data[0];

export const application = async (base, more = {}) => {
  const made = await auth0.clients.create({
    name: fresh('web'), app_type: 'regular_web', callbacks: [`${base}/callback`], allowed_logout_urls: [base],
    initiate_login_uri: `${base}/login`, grant_types: ['authorization_code', 'refresh_token'],
    organization_usage: 'allow', organization_require_behavior: 'no_prompt', ...more,
  });
  await auth0.connections.clients.update((await database()).id, [{ client_id: made.client_id, status: true }]);
  return made;
};

export const organization = async () => {
  const connection = await database();
  return auth0.organizations.create({
    name: fresh('acme'), display_name: 'Acme', enabled_connections: [{ connection_id: connection.id }],
  });
};

export const person = async () => {
  const { user_id, email } = await newUser(auth0);
  return { user_id, email, password: PASSWORD };
};

export const member = async ({ id }, role) => {
  const who = await person();
  await auth0.organizations.members.create(id, { members: [who.user_id] });
  if (role) {
    const { id: role_id } = (await all(auth0.roles.list({ name_filter: role })))[0];
    await auth0.organizations.members.roles.assign(id, who.user_id, { roles: [role_id] });
  }
  return who;
};
