import { parseArgs } from 'node:util';
import { startFixture } from './fixture/start.js';

/** `npx pnpm@12 -s conformance:serve --port N`: the fixture alone, for anyone's own copy of the suite. */
const { values } = parseArgs({ options: { port: { type: 'string', default: '3000' } } });
const host = await startFixture(Number(values.port));
console.log(`ready ${host.url}`);
