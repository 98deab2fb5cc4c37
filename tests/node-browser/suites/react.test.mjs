import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { choosePassword, isSilent, launch, logIn, opened as openedIn, refreshed } from '../support/browser.mjs';
import { serve } from '../support/pages.mjs';
import { API, application, dev, invitation, member, organization, person } from '../support/tenant.mjs';

let browser;
let app;
let clientId;
let acme;
const addresses = {};

before(async () => {
  app = await serve('react.jsx');
  clientId = await application(app.origin, ['/framed', '/rotating']);
  acme = await organization();
  for (const [name, more] of Object.entries({
    framed: {}, rotating: { useRefreshTokens: true, cacheLocation: 'localstorage' },
  })) {
    addresses[name] = `${app.origin}/${name}`;
    app.settings.set(`/${name}`, {
      domain: dev.domain, clientId, ...more, authorizationParams: { redirect_uri: addresses[name], audience: API },
    });
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await app?.stop();
});

const opened = (address) => openedIn(browser, address);

const user = async (page) => JSON.parse(await page.textContent('#user'));

const login = async (page, who, organization = '') => {
  await page.fill('#organization', organization);
  await page.click('#login');
  await logIn(page, who);
};

// The page shows one token, or error, after another.
const token = async (page) => {
  const before = await page.textContent('#token');
  await page.click('#get');
  const shown = (known) => {
    const { textContent } = document.querySelector('#token');
    return textContent !== known && textContent;
  };
  return (await page.waitForFunction(shown, before)).jsonValue();
};

describe('auth0-react', () => {
  for (const name of ['framed', 'rotating']) {
    it(`logs in, is still logged in after a reload, and logs out: ${name}`, async () => {
      const [{ page, close }, who] = [await opened(addresses[name]), await person()];
      assert.equal(await user(page), null);
      await login(page, who);
      assert.equal((await user(page)).sub, who.user_id);
      await page.reload();
      assert.equal((await user(page)).email, who.email);
      await page.click('#logout');
      await page.waitForURL(addresses[name]);
      await page.waitForFunction(() => document.querySelector('#user')?.textContent === 'null');
      assert.ok(['login_required', 'missing_refresh_token'].includes(await token(page)));
      await close();
    });
  }

  it('gets tokens silently in a frame', async () => {
    const [{ page, asked, close }, who] = [await opened(addresses.framed), await person()];
    await login(page, who);
    assert.equal((await user(page)).sub, who.user_id);
    asked.length = 0;
    const tokens = [await token(page), await token(page)];
    assert.deepEqual(tokens.map((one) => one.split('.').length), [3, 3]);
    assert.equal(asked.filter(isSilent).length, 2);
    assert.deepEqual(refreshed(asked), []);
    await close();
  });

  it('exchanges refresh tokens, each once', async () => {
    const [{ page, asked, close }, who] = [await opened(addresses.rotating), await person()];
    await login(page, who);
    assert.equal((await user(page)).sub, who.user_id);
    const tokens = [await token(page), await token(page), await token(page)];
    assert.deepEqual(tokens.map((one) => one.split('.').length), [3, 3, 3]);
    const used = refreshed(asked).map((body) => body.get('refresh_token'));
    assert.deepEqual([used.length, new Set(used).size, asked.some(isSilent)], [3, 3, false]);
    // Whoever sends one a second time has stolen it: all that came of that login are worth nothing.
    const again = await fetch(`https://${dev.domain}/oauth/token`, { method: 'POST', body: refreshed(asked)[0] });
    assert.equal(again.status, 403);
    assert.ok(['invalid_grant', 'login_required'].includes(await token(page)));
    await close();
  });

  it('logs in to an organization, and nobody else', async () => {
    const [{ page, close }, who] = [await opened(addresses.framed), await member(acme)];
    await login(page, who, acme.id);
    assert.equal((await user(page)).org_id, acme.id);
    await close();
    const stranger = await opened(addresses.framed);
    await login(stranger.page, await person(), acme.id);
    assert.match(await stranger.page.textContent('#error'), /is not part of the org_/);
    await stranger.close();
  });

  it('takes an invitation to a new account in the organization', async () => {
    const { email, invitation_url } = await invitation(acme, clientId);
    const { page, close } = await opened(invitation_url);
    await choosePassword(page);
    const who = await user(page);
    assert.deepEqual([who.email, who.org_id], [email, acme.id]);
    await close();
    const late = await opened(invitation_url);
    assert.ok(await late.page.waitForFunction(() => document.querySelector('#error')?.textContent));
    await late.close();
  });
});
