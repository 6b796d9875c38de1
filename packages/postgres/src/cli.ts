#!/usr/bin/env node
import { once } from 'node:events';
import { inspect } from 'node:util';
import { auditorOf } from './audit/auditor-of.js';
import { runAudit } from './audit/run-audit.js';
import { DatabaseError } from './database-error.js';
import { runInit } from './setup/run-init.js';

const help = `sallyport-postgres COMMAND

  init    prints or applies what a database needs: logins, row-level security, the framework's tables
  audit   keys, seal, verify, export

sallyport-postgres COMMAND --help says more.
`;

const [command = '--help', ...args] = process.argv.slice(2);
// Whoever reads the output has seen enough: `audit export | head`.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 2));
const io = {
  async out(text: string): Promise<void> {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  },
  say: (text: string) => void process.stderr.write(text),
};
try {
  if (command === 'init') await io.out(await runInit(args, process.env));
  else if (command === 'audit') process.exitCode = await runAudit(args, auditorOf(process.env), io);
  else if (command === '--help' || command === 'help') await io.out(help);
  else throw new TypeError(`there is no command ${command}\n\n${help}`);
} catch (error) {
  const known = error instanceof DatabaseError || error instanceof TypeError || isSystemError(error);
  io.say(`${known ? (error as Error).message : inspect(error)}\n`);
  process.exitCode = 2;
}

/** What the operating system says of a file. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
