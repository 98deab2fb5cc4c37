import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { all, fresh, management } from '../support/management.mjs';

const auth0 = management();

describe('applications', () => {
  it('are created, changed, rotated and deleted', async () => {
    const made = await auth0.clients.create({
      name: fresh('app'), app_type: 'spa', callbacks: ['https://app.example/callback'], organization_usage: 'allow',
      grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
    });
    assert.equal((await auth0.clients.update(made.client_id, { organization_require_behavior: 'no_prompt' })).client_id, made.client_id);
    const seen = await auth0.clients.get(made.client_id, { fields: 'client_id,name', include_fields: true });
    assert.deepEqual(Object.keys(seen).sort(), ['client_id', 'name']);
    await auth0.clients.delete(made.client_id);
    await assert.rejects(auth0.clients.get(made.client_id), { statusCode: 404 });
  });

  it('are paged with totals, each once', async () => {
    for (let n = 0; n < 3; n += 1) await auth0.clients.create({ name: fresh('paged') });
    const seen = (await all(auth0.clients.list({ per_page: 2 }))).map((one) => one.client_id);
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.includes('tenantry-console') && seen.length >= 6);
  });

  it('are granted scopes of APIs', async () => {
    const app = await auth0.clients.create({ name: fresh('machine'), app_type: 'non_interactive', grant_types: ['client_credentials'] });
    const api = await auth0.resourceServers.create({
      name: fresh('api'), identifier: `https://${fresh('api')}.example`, scopes: [{ value: 'read:it', description: 'Read it' }],
      token_dialect: 'rfc9068_profile_authz', enforce_policies: true, token_lifetime: 600,
    });
    const listedApis = await all(auth0.resourceServers.list({ per_page: 1 }));
    assert.ok(listedApis.some(({ id }) => id === api.id));
    await auth0.resourceServers.update(api.id, { scopes: [{ value: 'read:it' }, { value: 'write:it' }] });
    const grant = await auth0.clientGrants.create({ client_id: app.client_id, audience: api.identifier, scope: ['read:it'] });
    await auth0.clientGrants.update(grant.id, { scope: ['read:it', 'write:it'] });
    const [listed] = await all(auth0.clientGrants.list({ client_id: app.client_id, take: 1 }));
    assert.deepEqual(listed.scope, ['read:it', 'write:it']);
    const role = await auth0.roles.create({ name: fresh('role'), description: 'A role' });
    await auth0.roles.permissions.add(role.id, {
      permissions: [{ resource_server_identifier: api.identifier, permission_name: 'read:it' }],
    });
    const permissions = await all(auth0.roles.permissions.list(role.id, { per_page: 1 }));
    assert.deepEqual(permissions.map((one) => one.permission_name), ['read:it']);
    await auth0.roles.permissions.delete(role.id, {
      permissions: [{ resource_server_identifier: api.identifier, permission_name: 'read:it' }],
    });
    assert.equal((await auth0.roles.update(role.id, { description: 'Another' })).description, 'Another');
    await auth0.roles.delete(role.id);
    await auth0.clientGrants.delete(grant.id);
    await auth0.resourceServers.delete(api.id);
    await auth0.clients.delete(app.client_id);
  });
});

describe('Actions', () => {
  it('are written, deployed and bound in their order', async () => {
    const bound = async () => all(auth0.actions.triggers.bindings.list('post-login', { per_page: 2 }));
    const before = await bound();
    const made = await auth0.actions.create({
      name: fresh('action'), code: 'exports.onExecutePostLogin = async () => {};', runtime: 'node22',
      supported_triggers: [{ id: 'post-login', version: 'v3' }], secrets: [{ name: 'KEY', value: 's3cret' }],
    });
    assert.equal(JSON.stringify(made).includes('s3cret'), false);
    await auth0.actions.update(made.id, { code: 'exports.onExecutePostLogin = async () => { return; };' });
    await auth0.actions.deploy(made.id);
    const built = await auth0.actions.get(made.id);
    assert.equal(built.all_changes_deployed, true);
    const keep = before.map((one) => ({ ref: { type: 'binding_id', value: one.id }, display_name: one.display_name }));
    await auth0.actions.triggers.bindings.updateMany('post-login', {
      bindings: [...keep, { ref: { type: 'action_id', value: made.id }, display_name: made.name }],
    });
    assert.deepEqual((await bound()).map((one) => one.display_name), [...before.map((one) => one.display_name), made.name]);
    const again = (await bound()).slice(0, -1).map((one) => ({ ref: { type: 'binding_id', value: one.id }, display_name: one.display_name }));
    await auth0.actions.triggers.bindings.updateMany('post-login', { bindings: again });
    await auth0.actions.delete(made.id);
    assert.ok((await all(auth0.actions.list({ triggerId: 'post-login' }))).every(({ id }) => id !== made.id));
  });
});

describe('settings', () => {
  it('of the tenant, its prompts and its protection are read and written', async () => {
    const tenant = await auth0.tenants.settings.get();
    assert.equal(tenant.allow_organization_name_in_authentication_api, true);
    await auth0.tenants.settings.update({ friendly_name: 'Acme' });
    assert.equal((await auth0.tenants.settings.get({ fields: 'friendly_name', include_fields: true })).friendly_name, 'Acme');
    const { identifier_first } = await auth0.prompts.getSettings();
    assert.equal((await auth0.prompts.updateSettings({ identifier_first })).identifier_first, identifier_first);
    const guard = await auth0.attackProtection.bruteForceProtection.get();
    const { enabled, shields } = guard;
    assert.equal((await auth0.attackProtection.bruteForceProtection.update({ enabled, shields })).enabled, enabled);
    await auth0.branding.update({ colors: { primary: '#0059d6', page_background: '#ffffff' } });
    assert.equal((await auth0.branding.get()).colors.primary, '#0059d6');
  });

  it('of the invitation mail are a template', async () => {
    const template = {
      template: 'user_invitation', body: '<p>{{ url }}</p>', from: 'a@example.com', subject: 'Come in', syntax: 'liquid', enabled: true,
    };
    await auth0.emailTemplates.create(template).catch((error) => assert.equal(error.statusCode, 409));
    await auth0.emailTemplates.update('user_invitation', { subject: 'Come in, please' });
    assert.equal((await auth0.emailTemplates.get('user_invitation')).subject, 'Come in, please');
  });

  it('of the mail server', async () => {
    await assert.rejects(auth0.emails.provider.get(), { statusCode: 404 });
    const credentials = { smtp_host: 'mail.example.com', smtp_port: 587, smtp_user: 'tenantry', smtp_pass: 's3cret' };
    await auth0.emails.provider.create({ name: 'smtp', credentials, default_from_address: 'a@example.com' });
    const kept = await auth0.emails.provider.get();
    assert.deepEqual([kept.name, kept.enabled, kept.credentials.smtp_host], ['smtp', true, 'mail.example.com']);
    assert.ok(!('smtp_pass' in kept.credentials));
    await auth0.emails.provider.delete();
  });

  it('of signing keys', async () => {
    const keys = await auth0.keys.signing.list();
    assert.ok(keys.some(({ current, cert }) => current && cert.startsWith('-----BEGIN CERTIFICATE-----')));
  });
});
