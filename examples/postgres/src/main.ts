import { parseArgs } from 'node:util';
import { hardened } from '@sallyport/core';
import { ConfigError, readConfig } from './config.js';
import { DatabaseError } from './db/errors.js';
import { openDatabase } from './db/open-database.js';
import { serveHttp } from './serve-http.js';
import { serveStdio } from './serve-stdio.js';
import { shareState } from './shared-state.js';
import { allTools } from './tools/all-tools.js';
import { withToolErrors } from './with-tool-errors.js';

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
    const config = readConfig(process.env);
    const database = await openDatabase(config.database);
    const shared = config.redis === undefined ? undefined : await shareState(config.redis);
    const close = async () => {
      shared?.close();
      await database.close();
    };
    const tools = allTools(hardened(shared?.stores), withToolErrors(database));
    try {
      await (values.stdio ? serveStdio(tools, config, close) : serveHttp(tools, config, { database, shared, close }));
    } catch (error) {
      // Otherwise what is open would keep the process alive.
      await close();
      throw error;
    }
  }
} catch (error) {
  process.stderr.write(`The server cannot start:\n${whyNot(error)}\n`);
  process.exitCode = 2;
}

/** Words for what an operator can mend; anything else is a fault of ours, and is shown whole. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseError || error instanceof TypeError)
    return error.message;
  const { code, port } = error as { readonly code?: unknown; readonly port?: unknown };
  if (code === 'EADDRINUSE') return `PORT: ${port} is in use`;
  if (code === 'EACCES') return `PORT: ${port} may not be used by this user`;
  throw error;
}
