import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import oidc from 'express-openid-connect';
import { Browser, logIn } from '../support/browser.mjs';
import { all, dev, fresh, management } from '../support/management.mjs';
import { listen, newApp } from '../support/server.mjs';
import { API, application, member, organization, person } from '../support/tenant.mjs';

const auth0 = management();

let base;
let stop;
let client;
let acme;

// A web application as the library's documentation has it: a login route that passes on what an invitation's link
// carries, and a page that says who is logged in.
const webApp = async (settings, grant_types = ['authorization_code', 'refresh_token']) => {
  const app = newApp();
  const server = await listen(app);
  const made = await application(server.base, { grant_types });
  app.use(oidc.auth({
    baseURL: server.base, issuerBaseURL: `https://${dev.domain}`, clientID: made.client_id,
    secret: 'a secret of the session, of 32 letters', authRequired: false, idpLogout: true, routes: { login: false },
    ...settings(made),
  }));
  app.get('/login', (request, response) => {
    const { organization, invitation, connection, prompt } = request.query;
    const asked = Object.entries({ organization, invitation, connection, prompt }).filter(([, value]) => value);
    return response.oidc.login({ returnTo: '/', authorizationParams: Object.fromEntries(asked) });
  });
  app.get('/', (request, response) => response.json(request.oidc.isAuthenticated() ? request.oidc.user : null));
  app.get('/userinfo', async (request, response) => response.json(await request.oidc.fetchUserInfo()));
  app.get('/refresh', async (request, response) => {
    const before = request.oidc.refreshToken;
    const { access_token } = await request.oidc.accessToken.refresh();
    response.json({ access_token, rotated: request.oidc.refreshToken !== before });
  });
  app.use((error, request, response, _next) => response.status(error.status ?? 500).json({ error: error.error, says: error.message }));
  return { ...server, client: made };
};

before(async () => {
  ({ base, stop, client } = await webApp(({ client_secret }) => ({
    clientSecret: client_secret,
    authorizationParams: { response_type: 'code', audience: API, scope: 'openid profile email offline_access' },
  })));
  acme = await organization();
});

after(() => stop?.());

const shown = (page) => JSON.parse(page.text);

describe('express-openid-connect', () => {
  it('logs in with a code, reads the profile, refreshes and logs out', async () => {
    const [browser, who] = [new Browser(), await person()];
    const user = shown(await logIn(browser, await browser.open(`${base}/login`), who));
    assert.deepEqual([user.sub, user.email, user.org_id], [who.user_id, who.email, undefined]);
    assert.equal(shown(await browser.open(`${base}/userinfo`)).email, who.email);
    const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    assert.equal(claims(shown(await browser.open(`${base}/refresh`)).access_token).sub, who.user_id);

    // The session at the tenant is enough for a second login, and gone after a logout there.
    assert.equal(shown(await browser.open(`${base}/login`)).sub, who.user_id);
    assert.equal(shown(await browser.open(`${base}/logout`)), null);
    assert.match((await browser.open(`${base}/login`)).text, /name="username"/);
  });

  it('logs in by its own defaults: an ID token in a form', async () => {
    const plain = await webApp(() => ({}), ['implicit']);
    const [browser, who] = [new Browser(), await member(acme)];
    const user = shown(await logIn(browser, await browser.open(`${plain.base}/login?organization=${acme.id}`), who));
    assert.deepEqual([user.sub, user.org_id], [who.user_id, acme.id]);
    const stranger = new Browser();
    const refused = await logIn(stranger, await stranger.open(`${plain.base}/login?organization=${acme.id}`), await person());
    assert.equal(shown(refused).error, 'access_denied');
    await plain.stop();
  });

  it('logs in to an organization, and nobody else', async () => {
    const [browser, who] = [new Browser(), await member(acme, 'org_admin')];
    const login = `${base}/login?organization=${acme.id}`;
    const user = shown(await logIn(browser, await browser.open(login), who));
    assert.equal(user.org_id, acme.id);
    const stranger = new Browser();
    const refused = await logIn(stranger, await stranger.open(login), await person());
    assert.equal(refused.status, 400, refused.text);
    assert.equal(shown(refused).error, 'access_denied');
  });

  it('takes an invitation to a new account in the organization', async () => {
    const email = `${fresh('invited')}@acme.example`;
    const invitation = await auth0.organizations.invitations.create(acme.id, {
      client_id: client.client_id, inviter: { name: 'Ada' }, invitee: { email }, send_invitation_email: false,
    });
    assert.ok(invitation.invitation_url.startsWith(`${base}/login?`), invitation.invitation_url);
    const browser = new Browser();
    const page = await browser.open(invitation.invitation_url);
    const user = shown(await browser.submit(page, { password: 'Correct-horse-9' }));
    assert.deepEqual([user.email, user.org_id], [email, acme.id]);
    assert.ok((await all(auth0.organizations.members.list(acme.id))).some((one) => one.user_id === user.sub));
    const again = await new Browser().open(invitation.invitation_url);
    assert.equal(again.status, 400, again.text);
  });

  it('is told the reason when nobody is logged in and nobody may be asked', async () => {
    const refused = await new Browser().open(`${base}/login?prompt=none`);
    assert.equal(shown(refused).error, 'login_required');
  });

  it('leaves an entry in the log for each login', async () => {
    const [browser, who] = [new Browser(), await person()];
    await logIn(browser, await browser.open(`${base}/login`), who);
    const search = `user_id:"${who.user_id}"`;
    const [entry, ...others] = await all(auth0.logs.list({ search, sort: 'date:-1', per_page: 10 }));
    assert.deepEqual([entry.type, entry.user_id, entry.client_id, others], ['s', who.user_id, client.client_id, []]);
    assert.equal((await auth0.logs.get(entry.log_id)).log_id, entry.log_id);
    // The library has no argument for reading on from an entry, and its page expects totals, which that reading has not.
    const later = (await auth0.logs.list({}, { queryParams: { from: entry.log_id, take: 10 } })).response;
    assert.ok(later.every((one) => one.log_id > entry.log_id));
  });
});
