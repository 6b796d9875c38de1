#!/usr/bin/env node
import { run } from './run.js';
import { processTerminal } from './terminal.js';

const code = await run(process.argv.slice(2), processTerminal(), process.env);
// A server's module may leave something open; nobody waits for that. What was written is written first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
