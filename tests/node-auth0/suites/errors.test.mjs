import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Management, ManagementError } from 'auth0';
import { clientId, dev, fresh, management } from '../support/management.mjs';

const auth0 = management();

const refusal = async (type, promise) => {
  const error = await promise.then(() => assert.fail('it was not refused'), (error) => error);
  assert.ok(error instanceof type, `${error}`);
  assert.ok(error instanceof ManagementError);
  assert.equal(error.body.statusCode, error.statusCode);
  assert.equal(typeof error.body.message, 'string');
  return error;
};

describe('errors', () => {
  it('have their types', async () => {
    const name = fresh('taken');
    await auth0.organizations.create({ name });
    const taken = await refusal(Management.ConflictError, auth0.organizations.create({ name }));
    assert.equal(taken.body.error, 'Conflict');
    const invalid = await refusal(Management.BadRequestError, auth0.organizations.create({ name: 'Not a name!' }));
    assert.equal(invalid.body.errorCode, 'invalid_body');
    const missing = await refusal(Management.NotFoundError, auth0.clients.get('nobody'));
    assert.equal(missing.body.error, 'Not Found');
    const part = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url');
    const forged = `${part({ alg: 'RS256', kid: 'none' })}.${part({ aud: `https://${dev.domain}/api/v2/` })}.c2lnbmF0dXJl`;
    await refusal(Management.UnauthorizedError, management({ token: forged }).organizations.list());
  });

  it('name the scope that is missing', async () => {
    const app = await auth0.clients.create({ name: fresh('weak'), app_type: 'non_interactive', grant_types: ['client_credentials'] });
    await auth0.clientGrants.create({ client_id: app.client_id, audience: `https://${dev.domain}/api/v2/`, scope: ['read:roles'] });
    const weak = management({ clientId: app.client_id, clientSecret: app.client_secret });
    assert.ok((await weak.roles.list()).data.length > 0);
    const error = await refusal(Management.ForbiddenError, weak.organizations.create({ name: fresh('no') }));
    assert.equal(error.body.errorCode, 'insufficient_scope');
    assert.match(error.body.message, /create:organizations/);
  });

  it('of wrong credentials are told by the token endpoint', async () => {
    const wrong = management({ clientId, clientSecret: 'wrong' });
    await assert.rejects(wrong.organizations.list(), /access_denied|Unauthorized/i);
  });

  it('of too many calls carry what to wait for, and patience gets through', async () => {
    const { id } = await auth0.organizations.create({ name: fresh('busy') });
    const fault = { method: 'GET', path: `/api/v2/organizations/${id}`, kind: 'status', status: 429, retry_after: 1 };
    await dev.control('sandbox/faults', { ...fault, times: 1 });
    const error = await refusal(Management.TooManyRequestsError, auth0.organizations.get(id, { maxRetries: 0 }));
    assert.equal(error.rawResponse.headers.get('retry-after'), '1');
    for (const name of ['limit', 'remaining', 'reset']) {
      assert.match(error.rawResponse.headers.get(`x-ratelimit-${name}`) ?? 'none', /^\d+$/, name);
    }
    await dev.control('sandbox/faults', { ...fault, times: 2 });
    assert.equal((await auth0.organizations.get(id)).id, id);
  });

  it('of a server that is down or slow are errors too, and patience gets through', async () => {
    const { id } = await auth0.organizations.create({ name: fresh('down') });
    const fault = { method: 'GET', path: `/api/v2/organizations/${id}` };
    await dev.control('sandbox/faults', { ...fault, kind: 'status', status: 503, times: 1 });
    await assert.rejects(auth0.organizations.get(id, { maxRetries: 0 }), { statusCode: 503 });
    await dev.control('sandbox/faults', { ...fault, kind: 'status', status: 503, times: 1, retry_after: 1 });
    assert.equal((await auth0.organizations.get(id)).id, id);
    await dev.control('sandbox/faults', { ...fault, kind: 'hang', times: 1 });
    await assert.rejects(auth0.organizations.get(id, { timeoutInSeconds: 1, maxRetries: 0 }), /timeout/i);
  });
});
