'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { personalLogin, organizationLogin, secrets } = require('../fixtures/event');
const { login } = require('../fixtures/login');

const ACTION = ['manage-subscription'];
const TRIAL = 'trial;2026-12-04T09:00:00.123Z;active';
const TEAM = 'team;2027-11-20T09:00:00.000Z;active';
const MALFORMED = [
  '',
  'trial',
  'gold;2026-12-04T09:00:00.000Z;active',
  'trial;2026-12-04;active',
  'trial;2026-12-04T09:00:00Z;active',
  'trial;2026-02-30T09:00:00.000Z;active',
  'trial;2026-13-01T09:00:00.000Z;active',
  'trial;2026-12-04T09:00:00.000Z;free',
  'trial;2026-12-04T09:00:00.000Z;active\n',
  42,
  { plan: 'team' },
];

const trialDays = (TRIAL_DAYS) => personalLogin({ secrets: { ...secrets, TRIAL_DAYS } });

describe('outside an organization', () => {
  it('starts the trial at the first login', async () => {
    const { appMetadata, idToken } = await login(personalLogin(), ACTION);
    assert.deepEqual(appMetadata, { subscription: TRIAL });
    assert.deepEqual(idToken, { subscription: TRIAL });
  });

  it('starts it for a user who has no metadata at all', async () => {
    const event = personalLogin();
    delete event.user.app_metadata;
    assert.deepEqual((await login(event, ACTION)).appMetadata, { subscription: TRIAL });
  });

  it('shows what is stored and writes nothing', async () => {
    const event = personalLogin({ app_metadata: { subscription: TEAM } });
    const { appMetadata, idToken } = await login(event, ACTION);
    assert.deepEqual(appMetadata, {});
    assert.deepEqual(idToken, { subscription: TEAM });
  });

  it('starts no second trial after the first has ended', async () => {
    const event = personalLogin({ app_metadata: { subscription: 'trial;2020-01-01T00:00:00.000Z;active' } });
    assert.deepEqual((await login(event, ACTION)).appMetadata, {});
  });

  for (const subscription of MALFORMED) {
    it(`neither shows nor replaces ${JSON.stringify(subscription)}`, async () => {
      const { appMetadata, idToken, logs } = await login(personalLogin({ app_metadata: { subscription } }), ACTION);
      assert.deepEqual({ appMetadata, idToken }, { appMetadata: {}, idToken: {} });
      assert.equal(logs.length, 1);
    });
  }
});

describe('in an organization', () => {
  it('shows the organization\'s subscription and not the user\'s', async () => {
    const event = organizationLogin({ metadata: { subscription: TEAM } });
    event.user.app_metadata.subscription = TRIAL;
    const { appMetadata, idToken } = await login(event, ACTION);
    assert.deepEqual({ appMetadata, idToken }, { appMetadata: {}, idToken: { subscription: TEAM } });
  });

  it('without a subscription, starts no trial and shows nothing', async () => {
    const event = organizationLogin();
    event.user.app_metadata.subscription = TRIAL;
    const { appMetadata, idToken, logs } = await login(event, ACTION);
    assert.deepEqual({ appMetadata, idToken, logs }, { appMetadata: {}, idToken: {}, logs: [] });
  });

  it('without metadata, lets the login go on', async () => {
    const event = organizationLogin();
    delete event.organization.metadata;
    const { idToken, denied } = await login(event, ACTION);
    assert.deepEqual({ idToken, denied }, { idToken: {}, denied: null });
  });
});

describe('TRIAL_DAYS', () => {
  for (const [days, end] of [['1', '2026-11-21'], ['365', '2027-11-20'], [30, '2026-12-20']]) {
    it(`of ${JSON.stringify(days)} counts`, async () => {
      const { idToken } = await login(trialDays(days), ACTION);
      assert.equal(idToken.subscription, `trial;${end}T09:00:00.123Z;active`);
    });
  }

  for (const days of [undefined, '', '0', '-1', '366', '1.5', '1e2', ' 7', 'many']) {
    it(`of ${JSON.stringify(days)} means 14`, async () => {
      assert.equal((await login(trialDays(days), ACTION)).idToken.subscription, TRIAL);
    });
  }
});

it('lets the login go on when the event is not what it should be', async () => {
  const event = personalLogin();
  delete event.user;
  const { denied, logs } = await login(event, ACTION);
  assert.equal(denied, null);
  assert.match(logs[0], /^manage-subscription: TypeError/);
});
