#!/usr/bin/env node
import { DatabaseError } from './database-error.js';
import { runInit } from './setup/run-init.js';

const help = `sallyport-postgres COMMAND

  init   prints or applies what a database needs: logins, row-level security, the framework's tables

sallyport-postgres COMMAND --help says more.
`;

const [command = '--help', ...args] = process.argv.slice(2);
try {
  if (command === 'init') process.stdout.write(await runInit(args, process.env));
  else if (command === '--help' || command === 'help') process.stdout.write(help);
  else throw new TypeError(`there is no command ${command}\n\n${help}`);
} catch (error) {
  if (!(error instanceof DatabaseError || error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
