// `tenantry dev` on free ports with its data in a folder of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const binary = process.env.TENANTRY ?? path.join(root, 'target/debug/tenantry');

export const freePort = async () => {
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

export const controlOf = (sandbox) => async (where, body) => {
  const response = await fetch(`${sandbox}${where}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
};

export const start = async () => {
  const [port, sandboxPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const data = await mkdtemp(path.join(os.tmpdir(), 'tenantry-dev-'));
  const places = ['--port', port, '--sandbox-port', sandboxPort, '--sandbox-tls-port', tlsPort, '--data', data];
  const rest = ['--limits', 'off', '--log', 'off'];
  const child = spawn(binary, ['dev', ...places.map(String), ...rest], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const api = `http://localhost:${port}/`;
  const sandbox = `http://localhost:${sandboxPort}/`;
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
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
  const ca = path.join(data, 'sandbox/ca.pem');
  return { api, sandbox, sandboxPort, domain: `localhost:${tlsPort}`, ca, data, control: controlOf(sandbox), stop };
};

// Runs the test files of a folder in processes that trust the authority of one `tenantry dev`: Node reads that file
// only when it starts. They find it by `running`. `only` is a part of a file's name.
export const runSuites = async (folder, { only = '', afterwards = () => {} } = {}) => {
  const dev = await start();
  try {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.test.mjs') && name.includes(only)).sort();
    const { api, sandbox, domain, ca, data } = dev;
    const env = {
      ...process.env, NODE_EXTRA_CA_CERTS: ca, TENANTRY_DEV: JSON.stringify({ api, sandbox, domain, ca, data }),
    };
    const suites = spawn(process.execPath, ['--test', '--test-timeout=600000', ...files.map((name) => path.join(folder, name))], { env, stdio: 'inherit' });
    const [code] = await once(suites, 'exit');
    process.exitCode = code ?? 1;
    if (code === 0) await afterwards(dev);
  } finally {
    await dev.stop();
  }
};

export const running = () => {
  if (!process.env.TENANTRY_DEV) throw new Error('start the suites with `npm test`');
  const dev = JSON.parse(process.env.TENANTRY_DEV);
  return { ...dev, control: controlOf(dev.sandbox) };
};
