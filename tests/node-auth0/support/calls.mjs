// Which calls of the Management API were made: noted by each suite's process, counted at the end.

import { appendFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import diagnostics from 'node:diagnostics_channel';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../../crates/management/src', import.meta.url));
// Of the Authentication API.
const OTHERS = ['POST /oauth/token', 'POST /dbconnections/change_password'];
const fileOf = (data) => path.join(data, 'management-calls.txt');

export const note = ({ data, domain }) => {
  diagnostics.subscribe('undici:request:create', ({ request }) => {
    const { pathname } = new URL(request.path, request.origin);
    if (request.origin === `https://${domain}` && pathname.startsWith('/api/v2/')) {
      appendFileSync(fileOf(data), `${request.method} ${pathname.slice('/api/v2'.length)}\n`);
    }
  });
};

// Those that our own client says it makes, in the documentation of its functions.
const documented = async () => {
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.rs'));
  const texts = await Promise.all(files.map((name) => readFile(path.join(source, name), 'utf8')));
  const named = texts.flatMap((text) => [...text.matchAll(/\/\/\/.*?`((?:GET|POST|PATCH|PUT|DELETE) \/[a-z][^`? ]*)/g)]);
  return new Set(named.map(([, call]) => call).filter((call) => !OTHERS.includes(call)));
};

export const missing = async ({ data }) => {
  const made = (await readFile(fileOf(data), 'utf8')).split('\n');
  const calls = [...(await documented())];
  if (calls.length < 40) throw new Error(`only ${calls.length} calls were found in ${source}`);
  return calls.filter((call) => {
    const pattern = new RegExp(`^${call.replaceAll(/\{[a-z_]+\}/g, '[^/]+')}$`);
    return !made.some((line) => pattern.test(line));
  });
};
