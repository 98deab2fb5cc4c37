import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { choosePassword, isSilent, launch, logIn, opened as openedIn, refreshed } from '../support/browser.mjs';
import { serve } from '../support/pages.mjs';
import { API, application, call, dev, invitation, member, organization, person } from '../support/tenant.mjs';

let browser;
let app;
let clientId;
let acme;
const addresses = {};

before(async () => {
  app = await serve('spa.js');
  clientId = await application(app.origin, ['/framed', '/rotating']);
  acme = await organization();
  for (const [name, more] of Object.entries({
    framed: {},
    rotating: { useRefreshTokens: true, authorizationParams: { scope: 'openid profile email offline_access' } },
  })) {
    addresses[name] = `${app.origin}/${name}`;
    const { authorizationParams, ...rest } = more;
    app.settings.set(`/${name}`, {
      domain: dev.domain, clientId, ...rest,
      authorizationParams: { redirect_uri: addresses[name], audience: API, ...authorizationParams },
    });
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await app?.stop();
});

const opened = (address) => openedIn(browser, address);

const found = async (page) => (await page.waitForFunction(() => window.found)).jsonValue();

const login = async (page, who, authorizationParams = {}) => {
  await found(page);
  await page.evaluate((params) => { window.client.loginWithRedirect({ authorizationParams: params, appState: { target: '/here' } }); }, authorizationParams);
  await logIn(page, who);
  return found(page);
};

const token = (page, options = {}) => page.evaluate(
  (given) => window.client.getTokenSilently({ cacheMode: 'off', ...given }).then(
    (text) => ({ claims: JSON.parse(atob(text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))) }), (error) => ({ error: error.error }),
  ), options,
);

describe('auth0-spa-js', () => {
  it('logs in, and silently again in a frame', async () => {
    const [{ page, asked, close }, who] = [await opened(addresses.framed), await person()];
    const { user, appState } = await login(page, who);
    assert.deepEqual([user.sub, user.email, appState], [who.user_id, who.email, { target: '/here' }]);
    assert.equal((await token(page)).claims.sub, who.user_id);

    asked.length = 0;
    await page.reload();
    assert.equal((await found(page)).user.sub, who.user_id);
    assert.ok(asked.some(isSilent));
    await close();
  });

  it('is told that a login is needed when the session is gone', async () => {
    const [{ page, close }, who] = [await opened(addresses.framed), await person()];
    assert.deepEqual(await found(page), { user: null });
    assert.deepEqual(await token(page), { error: 'login_required' });
    await login(page, who);
    await call('DELETE', `users/${encodeURIComponent(who.user_id)}/sessions`);
    assert.deepEqual(await token(page), { error: 'login_required' });
    await close();
  });

  it('logs in in a window of its own', async () => {
    const [{ page, close }, who] = [await opened(addresses.framed), await person()];
    await found(page);
    const popup = page.waitForEvent('popup');
    const done = page.evaluate(() => window.client.loginWithPopup().then(() => window.client.getUser()));
    await logIn(await popup, who);
    assert.equal((await done).sub, who.user_id);
    await close();
  });

  it('exchanges refresh tokens, each once', async () => {
    const [{ page, asked, close }, who] = [await opened(addresses.rotating), await person()];
    await login(page, who);
    for (let n = 0; n < 3; n += 1) assert.equal((await token(page)).claims.sub, who.user_id);
    const sent = refreshed(asked);
    const used = sent.map((body) => body.get('refresh_token'));
    assert.deepEqual([used.length, new Set(used).size], [3, 3]);
    // Whoever sends one a second time has stolen it: all that came of that login are worth nothing.
    const again = await fetch(`https://${dev.domain}/oauth/token`, { method: 'POST', body: sent[0] });
    assert.deepEqual([again.status, (await again.json()).error], [403, 'invalid_grant']);
    assert.deepEqual(await token(page), { error: 'invalid_grant' });
    await close();
  });

  it('logs in to an organization, and nobody else', async () => {
    const [{ page, close }, who] = [await opened(addresses.framed), await member(acme)];
    const { user } = await login(page, who, { organization: acme.id });
    assert.equal(user.org_id, acme.id);
    const { claims } = await token(page, { authorizationParams: { organization: acme.id } });
    assert.deepEqual([claims.org_id, claims.aud.includes(API)], [acme.id, true]);
    await close();
    const stranger = await opened(addresses.framed);
    const refused = await login(stranger.page, await person(), { organization: acme.id });
    assert.equal(refused.error, 'access_denied');
    await stranger.close();
  });

  it('takes an invitation to a new account in the organization', async () => {
    const { email, invitation_url } = await invitation(acme, clientId);
    const { page, close } = await opened(invitation_url);
    await choosePassword(page);
    const { user } = await found(page);
    assert.deepEqual([user.email, user.org_id], [email, acme.id]);
    await close();
    const late = await opened(invitation_url);
    assert.ok((await found(late.page)).error);
    await late.close();
  });

  it('logs out here and at the tenant', async () => {
    const [{ page, asked, close }, who] = [await opened(addresses.framed), await person()];
    await login(page, who);
    await page.evaluate((returnTo) => { window.client.logout({ logoutParams: { returnTo } }); }, addresses.framed);
    await page.waitForRequest((request) => request.url() === addresses.framed);
    assert.ok(asked.some(({ url }) => url.pathname === '/v2/logout'));
    await page.waitForLoadState();
    assert.deepEqual(await found(page), { user: null });
    assert.deepEqual(await token(page), { error: 'login_required' });
    await close();
  });
});
