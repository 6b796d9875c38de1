#!/usr/bin/env node
import { exitCode } from './exit-code.js';
import { reasonOf } from './reason-of.js';
import { run } from './run.js';
import { processTerminal } from './terminal.js';

// Nobody reads any more, as in `sallyport … | head`: what else there is to do is done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(exitCode.cannotRun);
  });
}
// Such as a server's module throws in the background.
process.on('uncaughtException', (error) => {
  process.stderr.write(`sallyport: ${reasonOf(error)}\n`, () => process.exit(exitCode.cannotRun));
});

const code = await run(process.argv.slice(2), processTerminal(), process.env);
// A server's module may leave something open; nobody waits for that. What was written is written first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
