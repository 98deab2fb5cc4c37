import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { all, dev, fresh, management, newUser } from '../support/management.mjs';
import { until } from '../../node-support/dev.mjs';

const auth0 = management();

describe('users', () => {
  it('are created, found, changed and deleted', async () => {
    const made = await newUser(auth0, { name: 'Ada', app_metadata: { plan: { id: 'trial' } } });
    assert.match(made.user_id, /^auth0\|/);
    assert.deepEqual((await auth0.users.listUsersByEmail({ email: made.email })).map((one) => one.user_id), [made.user_id]);
    const changed = await auth0.users.update(made.user_id, { app_metadata: { plan: { id: 'team' } } });
    assert.deepEqual(changed.app_metadata, { plan: { id: 'team' } });
    assert.equal((await auth0.users.get(made.user_id, { fields: 'name', include_fields: true })).name, 'Ada');
    await auth0.users.delete(made.user_id);
    await assert.rejects(auth0.users.get(made.user_id), { statusCode: 404 });
  });

  it('are searched and paged with totals', async () => {
    const family = fresh('family');
    for (let n = 0; n < 5; n += 1) await newUser(auth0, { family_name: family });
    const query = { q: `family_name:"${family}"`, search_engine: 'v3', sort: 'created_at:-1', per_page: 2 };
    const page = await auth0.users.list(query);
    assert.equal(page.response.total, 5);
    assert.equal(page.response.length, 2);
    assert.equal((await all(page)).length, 5);
  });

  it('are linked and unlinked', async () => {
    const [main, other] = [await newUser(auth0), await newUser(auth0)];
    const otherId = other.user_id.split('|')[1];
    const identities = await auth0.users.identities.link(main.user_id, { provider: 'auth0', user_id: otherId });
    assert.equal(identities.length, 2);
    const rest = await auth0.users.identities.delete(main.user_id, 'auth0', otherId);
    assert.equal(rest.length, 1);
  });

  it('have roles of the tenant', async () => {
    const { user_id } = await newUser(auth0);
    const [role] = (await auth0.roles.list({ name_filter: 'org_member' })).data;
    await auth0.users.roles.assign(user_id, { roles: [role.id] });
    assert.deepEqual((await all(auth0.users.roles.list(user_id))).map((one) => one.id), [role.id]);
    await auth0.users.roles.delete(user_id, { roles: [role.id] });
    assert.deepEqual(await all(auth0.users.roles.list(user_id)), []);
  });

  it('lose their sessions and refresh tokens', async () => {
    const { user_id } = await newUser(auth0);
    await auth0.users.sessions.delete(user_id);
    await auth0.users.refreshToken.delete(user_id);
    assert.deepEqual((await auth0.users.sessions.list(user_id)).data, []);
    assert.deepEqual((await auth0.users.refreshToken.list(user_id)).data, []);
  });

  it('are imported by a job', async () => {
    const [connection] = (await auth0.connections.list({ name: 'Username-Password-Authentication' })).data;
    const users = [{ email: `${fresh('import')}@example.com` }, { email: 'not an address' }];
    const job = await auth0.jobs.usersImports.create({
      users: new File([JSON.stringify(users)], 'users.json', { type: 'application/json' }),
      connection_id: connection.id, upsert: true, send_completion_email: false, external_id: 'batch-1',
    });
    const done = await until('the import', async () => {
      const now = await auth0.jobs.get(job.id);
      return now.status === 'pending' || now.status === 'processing' ? undefined : now;
    });
    assert.equal(done.external_id, 'batch-1');
    const errors = await auth0.jobs.errors.get(job.id);
    assert.equal(errors.length, 1);
  });

  it('get a ticket to choose a password', async () => {
    const { user_id } = await newUser(auth0);
    const { ticket } = await auth0.tickets.changePassword({ user_id, ttl_sec: 600 });
    assert.ok(ticket.startsWith(`https://${dev.domain}/`), ticket);
  });
});
