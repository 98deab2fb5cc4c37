'use strict';

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { personalLogin, secrets } = require('../fixtures/event');
const { login } = require('../fixtures/login');

const ACTION = ['login-proof'];
const AT = 'https://tenantry.dev/authenticated_at';
const LINK = 'https://tenantry.dev/link_with';
const NINE = Date.parse('2026-11-20T09:00:00.000Z') / 1000;

const methods = (...timestamps) => ({ authentication: { methods: timestamps.map((timestamp) => ({ name: 'pwd', timestamp })) } });
const asked = (query, protocol = 'oidc-basic-profile') => {
  const { request, transaction } = personalLogin();
  return { request: { ...request, query }, transaction: { ...transaction, protocol } };
};

it('says when the login was, to the second', async () => {
  const { accessToken, idToken } = await login(personalLogin(), ACTION);
  assert.deepEqual(accessToken, { [AT]: NINE });
  assert.deepEqual(idToken, {});
});

it('takes the latest proof of several', async () => {
  const event = personalLogin(methods('2026-11-20T08:00:00.000Z', '2026-11-20T09:00:00.999Z', 'yesterday'));
  assert.equal((await login(event, ACTION)).accessToken[AT], NINE);
});

it('says nothing where there is no proof', async () => {
  for (const authentication of [undefined, {}, { methods: [] }, { methods: [{ name: 'pwd' }] }, { methods: [{ timestamp: 'soon' }] }]) {
    assert.deepEqual((await login(personalLogin({ authentication }), ACTION)).accessToken, {});
  }
});

it('repeats with whom the login is to be linked', async () => {
  const event = personalLogin(asked({ link_with: 'auth0|1' }));
  assert.equal((await login(event, ACTION)).accessToken[LINK], 'auth0|1');
});

it('is for linking only when it was asked for at a login', async () => {
  for (const changes of [asked({}), asked({ link_with: '' }), asked({ link_with: ['auth0|1'] }), asked({ link_with: 'auth0|1' }, 'oauth2-refresh-token'), { request: undefined }]) {
    assert.equal((await login(personalLogin(changes), ACTION)).accessToken[LINK], undefined);
  }
});

it('uses the namespace that is configured', async () => {
  const event = personalLogin({ secrets: { ...secrets, CLAIMS_NAMESPACE: 'https://claims.example/' } });
  assert.deepEqual(Object.keys((await login(event, ACTION)).accessToken), ['https://claims.example/authenticated_at']);
});

it('lets the login go on when the event is broken', async () => {
  const { denied, logs } = await login(personalLogin({ authentication: { methods: [null] } }), ACTION);
  assert.equal(denied, null);
  assert.match(logs[0], /^login-proof: TypeError/);
});
