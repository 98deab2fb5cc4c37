import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { all, dev, fresh, management } from '../support/management.mjs';
import { until } from '../../node-support/dev.mjs';

const auth0 = management();

const oidc = (more = {}) => auth0.connections.create({
  name: fresh('corp'), strategy: 'oidc', display_name: 'Corp',
  options: {
    type: 'back_channel', client_id: 'tenantry', client_secret: 'secret', issuer: 'https://idp.example/',
    authorization_endpoint: 'https://idp.example/authorize', token_endpoint: 'https://idp.example/token',
    jwks_uri: 'https://idp.example/jwks', scope: 'openid profile email',
  },
  ...more,
});

describe('connections', () => {
  it('are created, found, changed and deleted', async () => {
    const made = await oidc({ metadata: { org_id: 'org_1' } });
    const found = await all(auth0.connections.list({ name: made.name }));
    assert.deepEqual(found.map(({ id }) => id), [made.id]);
    const { options } = await auth0.connections.get(made.id, { fields: 'options', include_fields: true });
    await auth0.connections.update(made.id, { display_name: 'Corporation', options: { ...options, domain_aliases: ['corp.example'] } });
    const changed = await auth0.connections.get(made.id);
    assert.deepEqual([changed.display_name, changed.options.domain_aliases], ['Corporation', ['corp.example']]);
    await auth0.connections.delete(made.id);
    await until('the deletion', async () => (await all(auth0.connections.list({ name: made.name }))).length === 0);
  });

  it('are paged by checkpoint, each once', async () => {
    const made = [];
    for (let n = 0; n < 3; n += 1) made.push((await oidc()).id);
    const seen = (await all(auth0.connections.list({ take: 2, strategy: ['oidc'] }))).map(({ id }) => id);
    assert.equal(new Set(seen).size, seen.length);
    for (const id of made) assert.ok(seen.includes(id), id);
  });

  it('are offered by applications', async () => {
    const { id } = await oidc();
    await auth0.connections.clients.update(id, [{ client_id: 'tenantry-console', status: true }]);
    const offered = await all(auth0.connections.clients.get(id, { take: 1 }));
    assert.deepEqual(offered.map((one) => one.client_id), ['tenantry-console']);
    await auth0.connections.clients.update(id, [{ client_id: 'tenantry-console', status: false }]);
    assert.deepEqual(await all(auth0.connections.clients.get(id)), []);
  });

  it('have a SCIM configuration and tokens', async () => {
    const { id } = await oidc();
    const scim = auth0.connections.scimConfiguration;
    const mapping = await scim.getDefaultMapping(id);
    assert.ok(mapping.mapping.length > 0);
    const made = await scim.create(id, { user_id_attribute: 'externalId', mapping: mapping.mapping });
    assert.equal(made.connection_id, id);
    assert.equal((await scim.update(id, { user_id_attribute: 'userName', mapping: mapping.mapping })).user_id_attribute, 'userName');
    const token = await scim.tokens.create(id, { scopes: ['get:users', 'post:users'], token_lifetime: 3600 });
    assert.ok(token.token);
    const [listed] = await scim.tokens.get(id);
    assert.deepEqual([listed.token_id, listed.token], [token.token_id, undefined]);
    await scim.tokens.delete(id, token.token_id);
    await scim.delete(id);
    await assert.rejects(scim.get(id), { statusCode: 404 });
  });

  it('show the groups of a directory and who is in them', async () => {
    const { id } = await oidc();
    const scim = auth0.connections.scimConfiguration;
    await scim.create(id);
    const { token } = await scim.tokens.create(id);
    const provision = async (path, body) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
      const url = `${dev.sandbox}scim/v2/connections/${id}/${path}`;
      const made = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      assert.equal(made.status, 201);
      return made.json();
    };
    const email = `${fresh('ada')}@corp.example`;
    const user = await provision('Users', { userName: email, externalId: email, emails: [{ value: email, primary: true }] });
    const made = await provision('Groups', { displayName: 'Finance', members: [{ value: user.id }] });
    const [group] = await all(auth0.groups.list({ connection_id: id }));
    assert.deepEqual([group.id, group.name], [made.id, 'Finance']);
    assert.deepEqual((await all(auth0.groups.members.get(group.id))).map((member) => member.id), [user.id]);
    assert.deepEqual((await all(auth0.users.groups.get(user.id))).map(({ name }) => name), ['Finance']);
  });
});

describe('self-service profiles', () => {
  it('give a ticket that leads to the assistant', async () => {
    const profile = await auth0.selfServiceProfiles.create({ name: fresh('profile'), allowed_strategies: ['oidc', 'okta'] });
    const branding = { logo_url: 'https://cdn.example.com/logo.png', colors: { primary: '#0059d6' } };
    assert.deepEqual((await auth0.selfServiceProfiles.update(profile.id, { branding })).branding, branding);
    const listed = await all(auth0.selfServiceProfiles.list({ per_page: 1 }));
    assert.ok(listed.some(({ id }) => id === profile.id));
    const organization = await auth0.organizations.create({ name: fresh('org') });
    const { ticket } = await auth0.selfServiceProfiles.ssoTicket.create(profile.id, {
      connection_config: { name: fresh('sso') }, enabled_organizations: [{ organization_id: organization.id }], ttl_sec: 3600,
    });
    assert.ok(ticket.startsWith(`https://${dev.domain}/`), ticket);
    const id = new URL(ticket).searchParams.get('ticket');
    await auth0.selfServiceProfiles.ssoTicket.revoke(profile.id, id);
    await auth0.selfServiceProfiles.delete(profile.id);
    await assert.rejects(auth0.selfServiceProfiles.get(profile.id), { statusCode: 404 });
  });
});
