import { fileURLToPath } from 'node:url';
import { runSuites } from '../node-support/dev.mjs';

await runSuites(fileURLToPath(new URL('suites', import.meta.url)), { only: process.argv[2] });
