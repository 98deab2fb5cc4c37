import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { all, fresh, management } from '../support/management.mjs';

const auth0 = management();

describe('what happens', () => {
  it('is pushed by event streams', async () => {
    const made = await auth0.eventStreams.create({
      name: fresh('stream'), subscriptions: [{ event_type: 'organization.created' }],
      destination: {
        type: 'webhook',
        configuration: { webhook_endpoint: 'https://api.example.com/hooks', webhook_authorization: { method: 'bearer', token: 'a-token-of-ours' } },
      },
      status: 'disabled',
    });
    assert.match(made.id, /^est_/);
    const listed = await all(auth0.eventStreams.list({ take: 1 }));
    assert.ok(listed.some(({ id }) => id === made.id));
    assert.equal((await auth0.eventStreams.update(made.id, { name: 'renamed' })).name, 'renamed');
    await auth0.eventStreams.delete(made.id);
    await assert.rejects(auth0.eventStreams.get(made.id), { statusCode: 404 });
  });

  it('is pulled from the Events API', { timeout: 60_000 }, async () => {
    const stop = new AbortController();
    const feed = await auth0.events.subscribe({ event_type: 'organization.created' }, { abortSignal: stop.signal });
    const name = fresh('heard');
    const made = await auth0.organizations.create({ name });
    for await (const message of feed) {
      if (message.event?.data?.object?.id !== made.id) continue;
      assert.equal(message.event.type, 'organization.created');
      assert.ok(message.offset);
      break;
    }
    stop.abort();
  });

  it('is pushed by log streams', async () => {
    const made = await auth0.logStreams.create({
      name: fresh('logs'), type: 'http',
      sink: { httpEndpoint: 'https://logs.example.com/in', httpContentFormat: 'JSONARRAY', httpContentType: 'application/json' },
    });
    assert.ok((await auth0.logStreams.list()).some(({ id }) => id === made.id));
    assert.equal((await auth0.logStreams.update(made.id, { status: 'paused' })).status, 'paused');
    await auth0.logStreams.delete(made.id);
  });
});
