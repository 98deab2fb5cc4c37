'use strict';

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { personalLogin, organizationLogin } = require('../fixtures/event');
const { login } = require('../fixtures/login');

const ACTION = ['mfa-policy'];
const POLICY = { enforce: true, providers: ['otp', 'webauthn-roaming'], skipFederated: true };
const ENROLL = { enroll: ['otp', 'webauthn-roaming'] };

const withPolicy = (policy, changes = {}) => {
  const mfaPolicy = typeof policy === 'string' ? policy : JSON.stringify(policy);
  return organizationLogin({ metadata: { mfaPolicy }, ...changes });
};
const mfa = async (event) => (await login(event, ACTION)).mfa;
const enrolled = (...types) => ({ user: { ...personalLogin().user, enrolledFactors: types.map((type) => ({ type })) } });
const through = (strategy) => ({ connection: { id: 'con_1', name: 'corp', strategy, metadata: {} } });
const refresh = (authentication) => ({ authentication, transaction: { ...personalLogin().transaction, protocol: 'oauth2-refresh-token' } });

it('asks for nothing without a policy or outside an organization', async () => {
  for (const event of [personalLogin(), organizationLogin(), withPolicy(''), withPolicy({ ...POLICY, enforce: false })]) {
    assert.equal(await mfa(event), null);
  }
});

it('has whoever has no factor enrol one of those that are wanted', async () => {
  assert.deepEqual(await mfa(withPolicy(POLICY)), ENROLL);
  assert.deepEqual(await mfa(withPolicy(POLICY, enrolled('phone'))), ENROLL);
});

it('has whoever has such a factor prove it', async () => {
  assert.deepEqual(await mfa(withPolicy(POLICY, enrolled('phone', 'otp'))), { challenge: ['otp'] });
});

it('asks for it once in a login', async () => {
  const methods = [{ name: 'pwd', timestamp: '2026-11-20T09:00:00.000Z' }, { name: 'mfa', timestamp: '2026-11-20T09:00:09.000Z' }];
  assert.equal(await mfa(withPolicy(POLICY, { authentication: { methods } })), null);
});

it('leaves a company\'s own provider to itself where the policy says so, and nobody else', async () => {
  assert.equal(await mfa(withPolicy(POLICY, through('waad'))), null);
  assert.deepEqual(await mfa(withPolicy({ ...POLICY, skipFederated: false }, through('waad'))), ENROLL);
  for (const strategy of ['auth0', 'google-oauth2', undefined]) {
    assert.deepEqual(await mfa(withPolicy(POLICY, through(strategy))), ENROLL);
  }
});

it('never looks at an address', async () => {
  const user = { ...personalLogin().user, email: 'ada@skipped.example', email_verified: true };
  assert.deepEqual(await mfa(withPolicy({ ...POLICY, skipForDomains: ['skipped.example'] }, { user })), ENROLL);
});

it('takes what it cannot read at its strictest', async () => {
  for (const broken of ['{', '7', 'null', '{}', '{"providers":[]}', '{"enforce":"no"}', '{"providers":"otp"}']) {
    assert.deepEqual(await mfa(withPolicy(broken)), { enroll: ['otp'] }, broken);
  }
});

it('ends a refresh of a login without a second factor, where that is known', async () => {
  const methods = [{ name: 'pwd', timestamp: '2026-11-20T09:00:00.000Z' }];
  const known = await login(withPolicy(POLICY, refresh({ methods })), ACTION);
  assert.match(known.denied, /second factor/);
  const unknown = await login(withPolicy(POLICY, refresh(undefined)), ACTION);
  assert.deepEqual([unknown.denied, unknown.mfa], [null, null]);
});
