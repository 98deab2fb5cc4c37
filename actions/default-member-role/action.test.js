'use strict';

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { personalLogin, organizationLogin, secrets } = require('../fixtures/event');
const { login, managementDouble } = require('../fixtures/login');

const ACTION = ['default-member-role'];

it('gives a member without a role the member role', async () => {
  const { calls, logs } = await login(organizationLogin(), ACTION);
  assert.deepEqual(logs, []);
  assert.deepEqual(calls, [{
    domain: secrets.DOMAIN,
    clientId: secrets.CLIENT_ID,
    clientSecret: secrets.CLIENT_SECRET,
    parameters: { id: 'org_0123456789abcdef', user_id: 'auth0|64f0c0ffee64f0c0ffee64f0' },
    body: { roles: ['rol_0123456789abcdef'] },
  }]);
});

it('does so in a second organization too, however often they logged in elsewhere', async () => {
  const { calls } = await login(organizationLogin({ stats: { logins_count: 40 } }), ACTION);
  assert.equal(calls.length, 1);
});

it('adds nothing to a role that is held', async () => {
  const { calls } = await login(organizationLogin({ roles: ['org_readonly'] }), ACTION);
  assert.deepEqual(calls, []);
});

it('adds nothing when the roles are unknown', async () => {
  for (const authorization of [undefined, {}]) {
    assert.deepEqual((await login(organizationLogin({ authorization }), ACTION)).calls, []);
  }
});

it('adds nothing outside an organization', async () => {
  assert.deepEqual((await login(personalLogin(), ACTION)).calls, []);
});

for (const name of ['DOMAIN', 'CLIENT_ID', 'CLIENT_SECRET', 'MEMBER_ROLE_ID']) {
  it(`says that ${name} is missing and lets the login go on`, async () => {
    const event = organizationLogin({ secrets: { ...secrets, [name]: undefined } });
    const { calls, logs, denied } = await login(event, ACTION);
    assert.deepEqual({ calls, denied }, { calls: [], denied: null });
    assert.deepEqual(logs, [`default-member-role: not configured, missing ${name}`]);
  });
}

it('lets the login go on when Auth0 refuses, and logs one line without secrets', async () => {
  const refused = Object.assign(new Error(`\nPOST with ${secrets.CLIENT_SECRET}\n`), { statusCode: 429, errorCode: 'too_many_requests' });
  const auth0 = managementDouble(async () => { throw refused; });
  const { logs, denied } = await login(organizationLogin(), ACTION, { auth0 });
  assert.equal(denied, null);
  assert.deepEqual(logs, ['default-member-role: no role assigned in org_0123456789abcdef: Error 429 too_many_requests']);
});

it('lets the login go on whatever is thrown', async () => {
  const auth0 = managementDouble(async () => { throw undefined; });
  const { logs } = await login(organizationLogin(), ACTION, { auth0 });
  assert.deepEqual(logs, ['default-member-role: no role assigned in org_0123456789abcdef: error']);
});

it('lets the login go on when Auth0 does not answer', async () => {
  const auth0 = managementDouble(() => new Promise(() => {}));
  const timers = { setTimeout: (fire, limit) => { assert.ok(limit <= 8000); fire(); }, clearTimeout: () => {} };
  const { logs } = await login(organizationLogin(), ACTION, { auth0, timers });
  assert.deepEqual(logs, ['default-member-role: no role assigned in org_0123456789abcdef: TooLate']);
});

it('leaves no timer behind', async () => {
  const running = new Set();
  const timers = { setTimeout: (fire) => { running.add(fire); return fire; }, clearTimeout: (fire) => running.delete(fire) };
  const { calls, logs } = await login(organizationLogin(), ACTION, { timers });
  assert.deepEqual({ calls: calls.length, logs, running: running.size }, { calls: 1, logs: [], running: 0 });
});
