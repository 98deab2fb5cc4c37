import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binary, running } from '../../node-support/dev.mjs';

const dev = running();
const issuer = `https://${dev.domain}`;
const credentials = { client_id: 'tenantry-management', client_secret: 'tenantry-management-secret' };
const cli = fileURLToPath(new URL('../node_modules/auth0-deploy-cli/lib/index.js', import.meta.url));

let folder;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'deploy-cli-'));
  assert.equal((await fetch(`${dev.sandbox}sandbox/reset?bare=true`, { method: 'POST' })).status, 204);
  const provider = { name: 'smtp', credentials: { smtp_host: 'mail.example.com' } };
  assert.equal((await called('POST', 'emails/provider', provider)).status, 201);
});

after(() => rm(folder, { recursive: true, force: true }));

const run = (file, args, variables) => new Promise((done) => {
  const env = { PATH: process.env.PATH, HOME: folder, NODE_EXTRA_CA_CERTS: dev.ca, ...variables };
  execFile(file, args, { cwd: folder, env }, (error, stdout, stderr) => {
    done({ code: error?.code ?? 0, lines: stdout.split('\n').filter(Boolean), errors: stderr });
  });
});

const tenantry = (domain, ...args) => run(binary, ['tenant', ...args], {
  AUTH0_DOMAIN: domain, AUTH0_SETUP_CLIENT_ID: credentials.client_id, AUTH0_SETUP_CLIENT_SECRET: credentials.client_secret,
  PUBLIC_URL: 'https://api.example.com/', APP_LOGIN_URL: 'https://app.example.com/login',
  BRAND_LOGO_URL: 'https://cdn.example.com/logo.png', BRAND_COLOR: '#0055aa', BRAND_BACKGROUND_COLOR: '#ffffff',
  AUTH0_LOG_STREAM_URL: 'https://logs.example.com/auth0', AUTH0_LOG_STREAM_AUTHORIZATION: 'Bearer of-the-log-stream',
});

const imported = async (keywords) => {
  const said = await run(process.execPath, [cli, 'import', '--input_file', path.join(folder, 'export/tenant.yaml')], {
    AUTH0_DOMAIN: dev.domain, AUTH0_CLIENT_ID: credentials.client_id, AUTH0_CLIENT_SECRET: credentials.client_secret,
    AUTH0_ALLOW_DELETE: 'false', AUTH0_KEYWORD_REPLACE_MAPPINGS: JSON.stringify(keywords),
  });
  assert.equal(said.code, 0, `${said.lines.join('\n')}\n${said.errors}`);
};

const called = async (method, what, document) => {
  const body = new URLSearchParams({ ...credentials, grant_type: 'client_credentials', audience: `${issuer}/api/v2/` });
  const { access_token } = await (await fetch(`${issuer}/oauth/token`, { method: 'POST', body })).json();
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  return fetch(`${issuer}/api/v2/${what}`, { method, headers, body: document && JSON.stringify(document) });
};

const read = async (what) => (await called('GET', what)).json();

const writes = async () => {
  const { counts } = await (await fetch(`${dev.sandbox}sandbox/requests`)).json();
  const changing = Object.entries(counts).filter(([route]) => route.includes('/api/v2/') && !route.startsWith('GET'));
  return changing.reduce((sum, [, count]) => sum + count, 0);
};

describe('auth0-deploy-cli', () => {
  it('imports what tenant export writes, and nothing is left to plan', async () => {
    const exported = await tenantry(`${issuer}/`, 'export', 'export');
    assert.equal(exported.code, 0, exported.errors);
    const text = await readFile(path.join(folder, 'export/tenant.yaml'), 'utf8');
    assert.ok(!text.includes('of-the-log-stream'));
    for (const secret of ['CLIENT_SECRET', 'EVENTS_TOKEN', 'STREAM_AUTHORIZATION']) assert.match(text, new RegExp(`##AUTH0_[A-Z_]*${secret}##`));

    const keywords = {
      AUTH0_ACTIONS_CLIENT_ID: 'later', AUTH0_ACTIONS_CLIENT_SECRET: 'later', AUTH0_ACTIONS_MEMBER_ROLE_ID: 'later',
      AUTH0_EVENTS_TOKEN: 'a-token-of-the-event-stream', AUTH0_LOG_STREAM_AUTHORIZATION: 'Bearer of-the-log-stream',
    };
    await imported(keywords);
    const ours = (await read('clients')).find(({ name }) => name === 'Tenantry Actions');
    const role = (await read('roles')).find(({ name }) => name === 'org_member');
    await imported({
      ...keywords, AUTH0_ACTIONS_CLIENT_ID: ours.client_id, AUTH0_ACTIONS_CLIENT_SECRET: ours.client_secret,
      AUTH0_ACTIONS_MEMBER_ROLE_ID: role.id,
    });

    assert.match((await read('email-templates/user_invitation')).body, /<a href="{{ url }}">/);
    assert.equal((await read('branding')).colors.primary, '#0055aa');
    assert.equal((await read('log-streams'))[0].sink.httpAuthorization, 'Bearer of-the-log-stream');

    const plan = await tenantry(dev.sandbox, 'plan');
    assert.deepEqual(plan.lines.filter((line) => !line.startsWith('ok')), []);
    assert.equal(plan.code, 0, plan.errors);
    const before = await writes();
    const applied = await tenantry(dev.sandbox, 'apply');
    assert.equal(applied.code, 0, applied.errors);
    assert.equal(await writes(), before);
  });
});
