import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as openid from 'openid-client';
import { start } from '../node-support/dev.mjs';

const CLIENT = 'tenantry';
const SECRET = 'secret-of-the-client-at-the-provider';
const redirectUri = 'http://localhost:1/callback';

let dev;
let issuer;

before(async () => {
  dev = await start();
  issuer = new URL('idp/corp', dev.sandbox);
});

after(() => dev?.stop());

const discovered = (authentication, secret = SECRET) =>
  openid.discovery(issuer, CLIENT, secret, authentication?.(secret), { execute: [openid.allowInsecureRequests] });

// What a browser does at the provider's page: answers where it is sent back to.
const loggedIn = async (config, extra, typed) => {
  const page = openid.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid profile email', ...extra });
  const form = await fetch(page, { redirect: 'manual' });
  assert.equal(form.status, 200);
  const sent = await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams(typed) });
  assert.equal(sent.status, 302);
  return new URL(sent.headers.get('location'));
};

const flow = async (config, typed) => {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
  const back = await loggedIn(config, {
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256', state: expectedState, nonce: expectedNonce,
  }, typed);
  return { back, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
};

describe('openid-client', () => {
  for (const authentication of [openid.ClientSecretPost, openid.ClientSecretBasic]) {
    it(`logs in with ${authentication.name}`, async () => {
      const config = await discovered(authentication);
      const typed = { username: 'd0042@corp.example', email: 'bo@example.com', email_verified: 'true', groups: 'Finance, IT' };
      const { back, checks } = await flow(config, typed);
      const tokens = await openid.authorizationCodeGrant(config, back, checks);
      const claims = tokens.claims();
      assert.equal(claims.sub, 'd0042@corp.example');
      assert.equal(claims.email_verified, true);
      assert.deepEqual(claims.groups, ['Finance', 'IT']);
      const profile = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
      assert.equal(profile.email, 'bo@example.com');
    });
  }

  it('sees people without an address and with an unverified one', async () => {
    const config = await discovered();
    const without = await flow(config, { username: 'd0042@corp.example' });
    const claims = (await openid.authorizationCodeGrant(config, without.back, without.checks)).claims();
    assert.equal(claims.email, undefined);
    const unverified = await flow(config, { username: 'mallory', email: 'victim@example.com' });
    const others = (await openid.authorizationCodeGrant(config, unverified.back, unverified.checks)).claims();
    assert.equal(others.email_verified, false);
  });

  it('is refused with a wrong secret, a wrong verifier and a second time', async () => {
    const config = await discovered();
    const wrong = await discovered(undefined, 'another secret');
    const first = await flow(config, { username: 'bo' });
    await assert.rejects(openid.authorizationCodeGrant(wrong, first.back, first.checks), { error: 'invalid_client' });
    const checks = { ...first.checks, pkceCodeVerifier: openid.randomPKCECodeVerifier() };
    await assert.rejects(openid.authorizationCodeGrant(config, first.back, checks), { error: 'invalid_grant' });
    const second = await flow(config, { username: 'bo' });
    await openid.authorizationCodeGrant(config, second.back, second.checks);
    await assert.rejects(openid.authorizationCodeGrant(config, second.back, second.checks), { error: 'invalid_grant' });
  });
});
