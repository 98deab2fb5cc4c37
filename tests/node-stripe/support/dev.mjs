// `tenantry dev`, Stripe's client of the stand-in in it, and what takes webhooks.

import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import Stripe from 'stripe';
import { start as startDev } from '../../node-support/dev.mjs';

export { until } from '../../node-support/dev.mjs';

export const KEY = 'sk_test_tenantry';

export const start = async () => {
  const dev = await startDev();
  const client = (options = {}) =>
    new Stripe(options.key ?? KEY, {
      host: 'localhost', port: dev.sandboxPort, protocol: 'http', telemetry: false, maxNetworkRetries: 0, ...options.config,
    });
  return { ...dev, client };
};

// The signing secret of the running API, which `dev` keeps among its data.
export const webhookSecret = async (data) => {
  for (const name of await readdir(data)) {
    const text = await readFile(path.join(data, name), 'utf8').catch(() => '');
    const found = text.match(/whsec_[A-Za-z0-9]+/);
    if (found) return found[0];
  }
  throw new Error('no secret is kept');
};

// An HTTP server that keeps what it is sent, as raw bodies with their signatures.
export const receiver = async () => {
  const received = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ body: Buffer.concat(chunks), signature: request.headers['stripe-signature'] });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise((done) => server.close(done).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}/hooks`, received, stop };
};
