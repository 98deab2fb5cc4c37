import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { auth, claimEquals, claimIncludes } from 'express-oauth2-jwt-bearer';
import { until } from '../../node-support/dev.mjs';
import { Browser, logIn } from '../support/browser.mjs';
import { dev, fresh, management } from '../support/management.mjs';
import { listen, newApp } from '../support/server.mjs';
import { API, application, member, organization } from '../support/tenant.mjs';

const callback = 'http://localhost:1/callback';
const issuer = `https://${dev.domain}/`;
const auth0 = management();

let acme;
let admin;
let app;
let servers = [];

// An API that asks for an administrator of Acme; `strict` is the library's word for the profile of RFC 9068.
const api = async (id) => {
  const express = newApp();
  express.use(auth({ issuerBaseURL: issuer, audience: API, strict: true }));
  express.get('/', (request, response) => response.json(request.auth.payload));
  express.get('/acme', claimEquals('org_id', id), claimIncludes('permissions', 'members:write'), (_, response) => response.json({}));
  express.use((error, request, response, _next) => {
    response.status(error.status ?? 500).set(error.headers ?? {}).json({ message: error.message });
  });
  const server = await listen(express);
  servers.push(server);
  return (token, path = '/') => fetch(`${server.base}${path}`, { headers: { authorization: `Bearer ${token}` } });
};

const tokens = async (host, who, more = {}) => {
  const browser = new Browser();
  const query = { client_id: app.client_id, redirect_uri: callback, response_type: 'code', scope: 'openid', audience: API, ...more };
  const page = await browser.open(`${host}authorize?${new URLSearchParams(query)}`);
  const back = await logIn(browser, page, who, { stop: (url) => url.href.startsWith(callback) });
  const answer = await fetch(`${host}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: back.url.searchParams.get('code'), redirect_uri: callback,
      client_id: app.client_id, client_secret: app.client_secret,
    }),
  });
  assert.equal(answer.status, 200, back.url.href);
  return answer.json();
};

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const partsOf = (token) => token.split('.').slice(0, 2).map((text) => JSON.parse(Buffer.from(text, 'base64url')));

before(async () => {
  app = await application('http://localhost:1');
  acme = await organization();
  admin = await member(acme, 'org_admin');
});

after(() => Promise.all(servers.map((server) => server.stop())));

describe('express-oauth2-jwt-bearer', () => {
  it('accepts the token of a member, and tells organizations and permissions apart', async () => {
    const call = await api(acme.id);
    const { access_token } = await tokens(issuer, admin, { organization: acme.id });
    const seen = await call(access_token);
    assert.equal(seen.status, 200, await seen.clone().text());
    const payload = await seen.json();
    assert.deepEqual([payload.iss, payload.sub, payload.org_id], [issuer, admin.user_id, acme.id]);
    assert.equal((await call(access_token, '/acme')).status, 200);

    const reader = await member(acme, 'org_readonly');
    const weak = await tokens(issuer, reader, { organization: acme.id });
    assert.equal((await call(weak.access_token)).status, 200);
    assert.equal((await call(weak.access_token, '/acme')).status, 401);

    const other = await organization();
    const foreign = await tokens(issuer, await member(other, 'org_admin'), { organization: other.id });
    assert.equal((await call(foreign.access_token)).status, 200);
    assert.equal((await call(foreign.access_token, '/acme')).status, 401);
  });

  it('refuses forged ones', async () => {
    const call = await api(acme.id);
    const { access_token, id_token } = await tokens(issuer, admin, { organization: acme.id });
    const [header, payload] = partsOf(access_token);
    const signature = access_token.split('.')[2];
    const { keys } = await (await fetch(`${issuer}.well-known/jwks.json`)).json();
    const known = keys.find(({ kid }) => kid === header.kid);
    const publicPem = crypto.createPublicKey({ key: known, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const hmac = (head) => {
      const text = `${part(head)}.${part(payload)}`;
      return `${text}.${crypto.createHmac('sha256', publicPem).update(text).digest('base64url')}`;
    };
    const own = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = (head) => {
      const text = `${part(head)}.${part(payload)}`;
      return `${text}.${crypto.sign('sha256', Buffer.from(text), own.privateKey).toString('base64url')}`;
    };
    const forged = {
      'another payload under a true signature': `${part(header)}.${part({ ...payload, org_id: 'org_other' })}.${signature}`,
      'alg none': `${part({ ...header, alg: 'none' })}.${part(payload)}.`,
      'alg none with a signature': `${part({ ...header, alg: 'none' })}.${part(payload)}.${signature}`,
      'HS256 with the public key': hmac({ ...header, alg: 'HS256' }),
      'a key of the forger under our kid': signed(header),
      'a key of the forger in the header': signed({ ...header, jwk: own.publicKey.export({ format: 'jwk' }) }),
      'an ID token': id_token,
      'no token at all': 'nonsense',
    };
    assert.equal((await call(access_token)).status, 200);
    for (const [how, token] of Object.entries(forged)) {
      const answer = await call(token);
      assert.equal(answer.status, 401, how);
      assert.match(answer.headers.get('www-authenticate'), /error="invalid_token"/, how);
    }
  });

  it('refuses a true token for another API, of another issuer, and one whose time is over', async () => {
    const call = await api(acme.id);
    const other = await auth0.resourceServers.create({
      name: fresh('api'), identifier: `https://${fresh('api')}.example`, token_dialect: 'rfc9068_profile_authz',
    });
    const elsewhere = await tokens(issuer, admin, { organization: acme.id, audience: other.identifier });
    assert.equal((await call(elsewhere.access_token)).status, 401);
    // The same tenant by its plain address, as by a custom domain: another issuer with the same keys.
    const plain = await tokens(dev.sandbox, admin, { organization: acme.id });
    assert.equal(partsOf(plain.access_token)[1].iss, dev.sandbox);
    assert.equal((await call(plain.access_token)).status, 401);

    const brief = newApp();
    brief.use(auth({ issuerBaseURL: issuer, audience: other.identifier, clockTolerance: 0 }));
    brief.get('/', (_, response) => response.json({}));
    brief.use((error, request, response, _next) => response.status(error.status ?? 500).json({}));
    const server = await listen(brief);
    servers.push(server);
    await auth0.resourceServers.update(other.id, { token_lifetime: 3 });
    const { access_token } = await tokens(issuer, admin, { organization: acme.id, audience: other.identifier });
    const status = async () => (await fetch(server.base, { headers: { authorization: `Bearer ${access_token}` } })).status;
    assert.equal(await status(), 200);
    await until('the end of the token', async () => (await status()) === 401);
  });
});
