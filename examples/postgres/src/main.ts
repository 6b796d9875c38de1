import { parseArgs } from 'node:util';
import { hardened } from '@sallyport/core';
import { ConfigError, readConfig } from './config.js';
import { DatabaseError } from './db/errors.js';
import { openDatabase } from './db/open-database.js';
import { serveHttp } from './serve-http.js';
import { serveStdio } from './serve-stdio.js';
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
    const tools = allTools(hardened(), withToolErrors(database));
    await (values.stdio ? serveStdio(tools, config, database) : serveHttp(tools, config, database));
  }
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DatabaseError || error instanceof TypeError)) throw error;
  process.stderr.write(`The server cannot start:\n${error.message}\n`);
  process.exitCode = 2;
}
