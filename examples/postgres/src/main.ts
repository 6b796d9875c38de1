import { parseArgs } from 'node:util';
import { reportToConsole } from '@sallyport/core';
import { auditDenials, DatabaseError } from '@sallyport/postgres';
import { ConfigError, readConfig } from './config.js';
import { openDatabase } from './database.js';
import { startFakeProvider } from './payments/fake-provider.js';
import { paymentsAt } from './payments/payments.js';
import { serveHttp } from './serve-http.js';
import { serveStdio } from './serve-stdio.js';
import { allTools } from './tools/all-tools.js';
import { toolStack } from './tools/tool-stack.js';

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
    const payments = paymentsAt(config.paymentsUrl ?? (await startFakeProvider()).url);
    const denials = auditDenials(database, reportToConsole);
    const tools = allTools(toolStack(database, { report: denials.report }), payments);
    const close = () => denials.close().then(() => database.close());
    try {
      await (values.stdio
        ? serveStdio(tools, config, { ...database, close })
        : serveHttp(tools, config, { ...database, close }));
    } catch (error) {
      // Otherwise the embedded database would keep the process alive.
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
