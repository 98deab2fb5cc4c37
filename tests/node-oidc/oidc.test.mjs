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

describe('openid-client at the tenant', () => {
  // A web application of its own, and a connection to the provider above that it offers.
  const federated = async () => {
    const call = async (path, body, token) => {
      const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
      const response = await fetch(new URL(path, dev.sandbox), { method: 'POST', headers, body: JSON.stringify(body) });
      assert.ok(response.ok, `${path}: ${response.status}`);
      return response.json();
    };
    const { access_token: token } = await call('oauth/token', {
      grant_type: 'client_credentials', audience: `${dev.sandbox}api/v2/`,
      client_id: 'tenantry-management', client_secret: 'tenantry-management-secret',
    });
    const application = await call('api/v2/clients', { name: 'a web application', app_type: 'regular_web', callbacks: [redirectUri] }, token);
    const connection = await call('api/v2/connections', {
      name: 'corp', strategy: 'oidc', enabled_clients: [application.client_id],
      options: {
        type: 'back_channel', client_id: CLIENT, client_secret: SECRET, issuer: issuer.href,
        authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys`,
        scope: 'openid profile email',
      },
    }, token);
    const config = await openid.discovery(new URL(dev.sandbox), application.client_id, application.client_secret,
      openid.ClientSecretPost(application.client_secret), { execute: [openid.allowInsecureRequests] });
    return { config, connection };
  };

  // A browser: keeps cookies by host, follows redirects, and answers the provider's form.
  const browse = async (start, typed) => {
    const cookies = new Map();
    let [at, sent] = [new URL(start), {}];
    for (let hops = 0; hops < 10; hops += 1) {
      const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') };
      const answer = await fetch(at, { redirect: 'manual', headers, ...sent });
      for (const cookie of answer.headers.getSetCookie()) cookies.set(...cookie.split(';')[0].split(/=(.*)/s, 2));
      const location = answer.headers.get('location');
      if (location) [at, sent] = [new URL(location, at), {}];
      else if (at.pathname.startsWith('/idp/')) sent = { method: 'POST', body: new URLSearchParams(typed) };
      else assert.fail(`${at.pathname}: ${answer.status} ${await answer.text()}`);
      if (location?.startsWith(redirectUri)) return at;
    }
    assert.fail('too many redirects');
  };

  it('logs in through a connection that federates', async () => {
    const { config, connection } = await federated();
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
    const start = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri, scope: 'openid profile email', connection: connection.name,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
      state: checks.expectedState, nonce: checks.expectedNonce,
    });
    const back = await browse(start, { username: 'd0042', email: 'bo@example.com', email_verified: 'true' });
    const tokens = await openid.authorizationCodeGrant(config, back, checks);
    const claims = tokens.claims();
    assert.equal(claims.sub, `oidc|${connection.name}|d0042`);
    assert.equal(claims.email, 'bo@example.com');
    const profile = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(profile.email, 'bo@example.com');
  });
});
