'use strict';

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { personalLogin, organizationLogin, secrets } = require('../fixtures/event');
const { login } = require('../fixtures/login');

const ACTION = ['organization-claims'];
const ALL = ['manage-subscription', 'default-member-role', 'organization-claims'];
const TEAM = 'team;2027-11-20T09:00:00.000Z;active';
const PERSONAL = 'personal;2026-12-20T09:00:00.000Z;past_due';
const ROLES = 'https://tenantry.dev/roles';
const SUBSCRIPTION = 'https://tenantry.dev/subscription';

it('names roles and subscription in an organization', async () => {
  const event = organizationLogin({ metadata: { subscription: TEAM }, roles: ['org_admin', 'org_billing'] });
  const { accessToken, idToken } = await login(event, ACTION);
  assert.deepEqual(accessToken, { [ROLES]: ['org_admin', 'org_billing'], [SUBSCRIPTION]: TEAM });
  assert.deepEqual(idToken, {});
});

it('names an empty list of roles in an organization without any', async () => {
  for (const authorization of [{ roles: [] }, {}, undefined]) {
    assert.deepEqual((await login(organizationLogin({ authorization }), ACTION)).accessToken, { [ROLES]: [] });
  }
});

it('does not show the user\'s own subscription in an organization', async () => {
  const event = organizationLogin({ transaction: { metadata: { subscription: PERSONAL } } });
  event.user.app_metadata.subscription = PERSONAL;
  assert.equal((await login(event, ACTION)).accessToken[SUBSCRIPTION], undefined);
});

it('names no roles outside an organization', async () => {
  const event = personalLogin({ app_metadata: { subscription: PERSONAL }, authorization: { roles: ['support'] } });
  assert.deepEqual((await login(event, ACTION)).accessToken, { [SUBSCRIPTION]: PERSONAL });
});

it('agrees with the ID token to the millisecond at the first login', async () => {
  const { accessToken, idToken, appMetadata } = await login(personalLogin(), ALL);
  assert.match(idToken.subscription, /^trial;/);
  assert.equal(accessToken[SUBSCRIPTION], idToken.subscription);
  assert.equal(appMetadata.subscription, idToken.subscription);
});

it('agrees with the ID token at every later login', async () => {
  for (const event of [
    personalLogin({ app_metadata: { subscription: PERSONAL } }),
    organizationLogin({ metadata: { subscription: TEAM }, roles: ['org_member'] }),
  ]) {
    const { accessToken, idToken } = await login(event, ALL);
    assert.ok(idToken.subscription);
    assert.equal(accessToken[SUBSCRIPTION], idToken.subscription);
  }
});

it('shows no malformed subscription, and no trial in its place', async () => {
  for (const subscription of ['', 'team', 'team;2027-11-20;active', 'team;2027-02-30T09:00:00.000Z;active', 7, {}]) {
    for (const event of [personalLogin({ app_metadata: { subscription } }), organizationLogin({ metadata: { subscription } })]) {
      assert.equal((await login(event, ALL)).accessToken[SUBSCRIPTION], undefined);
    }
  }
});

it('uses the namespace that is configured', async () => {
  const namespace = (CLAIMS_NAMESPACE) => organizationLogin({ secrets: { ...secrets, CLAIMS_NAMESPACE } });
  for (const [configured, claim] of [['https://claims.example/', 'https://claims.example/roles'], [undefined, ROLES], ['', ROLES]]) {
    assert.deepEqual(Object.keys((await login(namespace(configured), ACTION)).accessToken), [claim]);
  }
});

it('lets the login go on when there is no transaction or no user', async () => {
  assert.deepEqual((await login(personalLogin({ transaction: undefined }), ACTION)).accessToken, {});
  const { denied, logs } = await login(personalLogin({ user: undefined }), ACTION);
  assert.equal(denied, null);
  assert.match(logs[0], /^organization-claims: TypeError/);
});
