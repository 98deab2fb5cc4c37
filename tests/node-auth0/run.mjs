import { fileURLToPath } from 'node:url';
import { runSuites } from '../node-support/dev.mjs';
import { missing } from './support/calls.mjs';

const everyCall = async (dev) => {
  const calls = await missing(dev);
  if (calls.length > 0) throw new Error(`no suite makes these calls of our client: ${calls.join(', ')}`);
};

const [only] = process.argv.slice(2);
await runSuites(fileURLToPath(new URL('suites', import.meta.url)), { only, afterwards: only ? undefined : everyCall });
