import { parseArgs } from 'node:util';
import { DatabaseError } from '@sallyport/postgres';
import { ConfigError, readConfig } from './config.js';
import { serveTools } from './serve-tools.js';
import { allTools } from './tools/all-tools.js';

const help = `Serves the example's tools.

  --stdio   over standard input and output instead of HTTP
  --help    this text

Environment: see the README beside this program.
`;

try {
  const { values } = parseArgs({
    options: { stdio: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(help);
  } else {
    await serveTools(readConfig(process.env, values), allTools, { stdio: values.stdio });
  }
} catch (error) {
  process.stderr.write(`The server cannot start:\n${whyNot(error)}\n`);
  process.exitCode = 2;
}

/** Words for what an operator can mend; anything else is a fault of ours, and is shown whole. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseError || error instanceof TypeError)
    return error.message;
  const { code, port, address, hostname } = error as Readonly<Record<string, unknown>>;
  if (code === 'EADDRINUSE') return `PORT: ${port} is in use`;
  if (code === 'EACCES') return `PORT: ${port} may not be used by this user`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: ${address ?? hostname} is no address of this machine`;
  throw error;
}
