import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { all, fresh, management, newUser } from '../support/management.mjs';

const auth0 = management();

const organization = (more = {}) => auth0.organizations.create({ name: fresh('org'), display_name: 'Acme', ...more });

const database = async () => (await auth0.connections.list({ name: 'Username-Password-Authentication' })).data[0];

describe('organizations', () => {
  it('are created, found, changed and deleted', async () => {
    const connection = await database();
    const name = fresh('acme');
    const made = await auth0.organizations.create({
      name, display_name: 'Acme', metadata: { plan: 'team' },
      enabled_connections: [{ connection_id: connection.id, assign_membership_on_login: false }],
    });
    assert.match(made.id, /^org_[A-Za-z0-9]{16}$/);
    assert.equal((await auth0.organizations.getByName(name)).id, made.id);
    const changed = await auth0.organizations.update(made.id, {
      display_name: 'Acme Ltd', metadata: { seats: '3' }, branding: { logo_url: 'https://acme.example/logo.png' },
    });
    assert.equal(changed.display_name, 'Acme Ltd');
    assert.deepEqual((await auth0.organizations.get(made.id)).metadata, { seats: '3' });
    await auth0.organizations.delete(made.id);
    await assert.rejects(auth0.organizations.get(made.id), { statusCode: 404 });
  });

  it('are paged by checkpoint, each once', async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push((await organization()).id);
    const page = await auth0.organizations.list({ take: 2, include_totals: undefined });
    assert.equal(page.data.length, 2);
    assert.ok(page.hasNextPage());
    const seen = (await all(auth0.organizations.list({ take: 2 }))).map(({ id }) => id);
    assert.equal(new Set(seen).size, seen.length);
    for (const id of made) assert.ok(seen.includes(id), id);
  });

  it('have connections of their own', async () => {
    const { id } = await organization();
    const connection = await database();
    const added = await auth0.organizations.enabledConnections.add(id, {
      connection_id: connection.id, assign_membership_on_login: true,
    });
    assert.equal(added.connection.name, connection.name);
    const changed = await auth0.organizations.enabledConnections.update(id, connection.id, { assign_membership_on_login: false });
    assert.equal(changed.assign_membership_on_login, false);
    const listed = await all(auth0.organizations.enabledConnections.list(id, { per_page: 1 }));
    assert.deepEqual(listed.map((one) => one.connection_id), [connection.id]);
    await auth0.organizations.enabledConnections.delete(id, connection.id);
    await assert.rejects(auth0.organizations.enabledConnections.get(id, connection.id), { statusCode: 404 });
  });

  it('have discovery domains', async () => {
    const { id } = await organization();
    const domain = `${fresh('acme')}.example`;
    const made = await auth0.organizations.discoveryDomains.create(id, { domain, status: 'verified' });
    assert.equal((await auth0.organizations.discoveryDomains.getByName(id, domain)).id, made.id);
    const changed = await auth0.organizations.discoveryDomains.update(id, made.id, { status: 'pending' });
    assert.equal(changed.status, 'pending');
    assert.equal((await all(auth0.organizations.discoveryDomains.list(id, { take: 1 }))).length, 1);
    await auth0.organizations.discoveryDomains.delete(id, made.id);
    await assert.rejects(auth0.organizations.discoveryDomains.get(id, made.id), { statusCode: 404 });
  });
});

describe('members', () => {
  it('come by tens, are paged both ways, and go', async () => {
    const { id } = await organization();
    const users = [];
    for (let n = 0; n < 5; n += 1) users.push((await newUser(auth0)).user_id);
    await auth0.organizations.members.create(id, { members: users });
    const listed = await all(auth0.organizations.members.list(id, { take: 2 }));
    assert.deepEqual(new Set(listed.map((one) => one.user_id)), new Set(users));
    await auth0.organizations.members.delete(id, { members: users.slice(1) });
    assert.equal((await all(auth0.organizations.members.list(id))).length, 1);
    const ofUser = await all(auth0.users.organizations.list(users[0], { per_page: 1 }));
    assert.deepEqual(ofUser.map((one) => one.id), [id]);
  });

  it('have roles in one organization', async () => {
    const { id } = await organization();
    const { user_id } = await newUser(auth0);
    const [role] = (await auth0.roles.list({ name_filter: 'org_admin' })).data;
    await auth0.organizations.members.create(id, { members: [user_id] });
    await auth0.organizations.members.roles.assign(id, user_id, { roles: [role.id] });
    const roles = await all(auth0.organizations.members.roles.list(id, user_id, { per_page: 1 }));
    assert.deepEqual(roles.map(({ name }) => name), ['org_admin']);
    const [member] = await all(auth0.organizations.members.list(id, { fields: 'user_id,roles', include_fields: true }));
    assert.deepEqual(member.roles.map(({ name }) => name), ['org_admin']);
    await auth0.organizations.members.roles.delete(id, user_id, { roles: [role.id] });
    assert.deepEqual(await all(auth0.organizations.members.roles.list(id, user_id)), []);
  });
});

describe('invitations', () => {
  const invite = (id, email) => auth0.organizations.invitations.create(id, {
    client_id: 'tenantry-console', inviter: { name: 'Ada' }, invitee: { email }, ttl_sec: 3600, send_invitation_email: false,
  });

  it('are made, paged by offset and revoked', async () => {
    const { id } = await organization();
    const made = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await invite(id, `${fresh('bo')}@acme.example`)).id);
    const listed = await all(auth0.organizations.invitations.list(id, { per_page: 2 }));
    assert.deepEqual(new Set(listed.map((one) => one.id)), new Set(made));
    const one = await auth0.organizations.invitations.get(id, made[0]);
    assert.match(one.invitation_url, /[?&]invitation=/);
    assert.ok(Date.parse(one.expires_at) - Date.parse(one.created_at) === 3_600_000);
    await auth0.organizations.invitations.delete(id, made[0]);
    await assert.rejects(auth0.organizations.invitations.get(id, made[0]), { statusCode: 404 });
  });
});
