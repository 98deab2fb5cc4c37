// `tenantry dev` on free ports with its data in a folder of its own, and Stripe's client of the stand-in in it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Stripe from 'stripe';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const binary = process.env.TENANTRY ?? path.join(root, 'target/debug/tenantry');

export const KEY = 'sk_test_tenantry';

const freePort = async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

export const until = async (what, probe) => {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const found = await probe().catch(() => undefined);
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await pause(50);
  }
};

export const start = async () => {
  const [port, sandboxPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const data = await mkdtemp(path.join(os.tmpdir(), 'node-stripe-'));
  const flags = ['--port', port, '--sandbox-port', sandboxPort, '--sandbox-tls-port', tlsPort, '--data', data];
  const child = spawn(binary, ['dev', ...flags.map(String), '--limits', 'off', '--log', 'off'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const api = `http://localhost:${port}/`;
  const sandbox = `http://localhost:${sandboxPort}/`;
  const ready = async () => {
    if (child.exitCode !== null) throw new Error(`tenantry dev ended with ${child.exitCode}`);
    return (await fetch(`${api}readyz`)).ok;
  };
  try {
    await until('tenantry dev', ready);
  } catch (failure) {
    child.kill('SIGTERM');
    throw failure;
  }
  const control = async (where, body) => {
    const response = await fetch(`${sandbox}${where}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const client = (options = {}) =>
    new Stripe(options.key ?? KEY, {
      host: 'localhost', port: sandboxPort, protocol: 'http', telemetry: false, maxNetworkRetries: 0, ...options.config,
    });
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { api, sandbox, data, control, client, stop };
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
