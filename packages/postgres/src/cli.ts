#!/usr/bin/env node
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
const io = {
  out: (text: string) => void process.stdout.write(text),
  say: (text: string) => void process.stderr.write(text),
};
try {
  if (command === 'init') io.out(await runInit(args, process.env));
  else if (command === 'audit') process.exitCode = await runAudit(args, auditorOf(process.env), io);
  else if (command === '--help' || command === 'help') io.out(help);
  else throw new TypeError(`there is no command ${command}\n\n${help}`);
} catch (error) {
  const known = error instanceof DatabaseError || error instanceof TypeError || isFileError(error);
  if (!known) throw error;
  io.say(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

function isFileError(error: unknown): boolean {
  return ['ENOENT', 'EACCES', 'EEXIST', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
