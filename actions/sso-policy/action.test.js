'use strict';

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { personalLogin, organizationLogin, secrets } = require('../fixtures/event');
const { login } = require('../fixtures/login');

const ACTION = ['sso-policy'];
const CONNECTION = 'https://tenantry.dev/connection';
const OWN = { id: 'con_own0000000000000', name: 'acme-okta', strategy: 'okta', metadata: {} };
const ENFORCED = { sso: `enforce:con_other00000000000,${OWN.id}` };

it('names the connection in an organization, and nowhere else', async () => {
  const inside = await login(organizationLogin(), ACTION);
  assert.deepEqual(inside.accessToken, { [CONNECTION]: 'Username-Password-Authentication' });
  assert.deepEqual([inside.idToken, inside.denied], [{}, null]);
  const outside = await login(personalLogin(), ACTION);
  assert.deepEqual([outside.accessToken, outside.denied], [{}, null]);
});

it('lets only the own connections in where that is enforced', async () => {
  const through = (connection) => login(organizationLogin({ metadata: ENFORCED, roles: ['org_member'], connection }), ACTION);
  assert.equal((await through(OWN)).denied, null);
  for (const connection of [undefined, {}, { ...OWN, id: 'con_google0000000000' }, { ...OWN, id: '' }]) {
    assert.match((await through(connection)).denied, /^sso_required/);
  }
});

it('refuses the refresh of a login by another way too', async () => {
  const event = organizationLogin({ metadata: ENFORCED, roles: ['org_member'] });
  event.transaction.protocol = 'oauth2-refresh-token';
  assert.match((await login(event, ACTION)).denied, /^sso_required/);
});

it('lets an administrator in, who may have to break the glass', async () => {
  const { accessToken, denied } = await login(organizationLogin({ metadata: ENFORCED, roles: ['org_billing', 'org_admin'] }), ACTION);
  assert.equal(denied, null);
  assert.equal(accessToken[CONNECTION], 'Username-Password-Authentication');
});

it('lets nobody in who is not an administrator when no connection is left', async () => {
  for (const roles of [[], ['org_member']]) {
    const { denied } = await login(organizationLogin({ metadata: { sso: 'enforce:' }, roles, connection: { ...OWN, id: '' } }), ACTION);
    assert.match(denied, /^sso_required/);
  }
});

it('refuses nobody for any other word', async () => {
  for (const sso of [undefined, '', 'off', 'enforce', 'warn:con_1', 7]) {
    const { denied } = await login(organizationLogin({ metadata: { sso }, roles: ['org_member'] }), ACTION);
    assert.equal(denied, null, String(sso));
  }
});

it('uses the namespace that is configured', async () => {
  const event = organizationLogin({ secrets: { ...secrets, CLAIMS_NAMESPACE: 'https://claims.example/' } });
  assert.deepEqual(Object.keys((await login(event, ACTION)).accessToken), ['https://claims.example/connection']);
});
