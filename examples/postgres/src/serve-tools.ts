import { reportToConsole, type Tool } from '@sallyport/core';
import { auditDenials, forgetOldKeysRegularly } from '@sallyport/postgres';
import type { Config } from './config.js';
import { openDatabase } from './database.js';
import { startFakeProvider } from './payments/fake-provider.js';
import { type Payments, paymentsAt } from './payments/payments.js';
import { serveHttp } from './serve-http.js';
import { serveStdio } from './serve-stdio.js';
import { shareState } from './shared-state.js';
import { type ToolStack, toolStack } from './tools/tool-stack.js';

/** Opens the database, builds the tools over it, and serves them over HTTP or standard input and output. */
export async function serveTools(
  config: Config,
  toolsOn: (stack: ToolStack, payments: Payments) => readonly Tool[],
  { stdio = false } = {},
): Promise<void> {
  const database = await openDatabase(config.database);
  const denials = auditDenials(database, reportToConsole);
  const shared = config.redis === undefined ? undefined : await shareState(config.redis);
  const stopForgetting = forgetOldKeysRegularly(database, (error) =>
    console.error(JSON.stringify({ level: 'error', event: 'forget-old-keys', cause: String(error) })),
  );
  const close = async () => {
    stopForgetting();
    shared?.close();
    await denials.close();
    await database.close();
  };
  try {
    const payments = paymentsAt(config.paymentsUrl ?? (await startFakeProvider()).url);
    const stack = toolStack(database, {
      report: denials.report,
      ...(shared === undefined ? {} : { admission: shared.admission }),
    });
    const tools = toolsOn(stack, payments);
    await (stdio ? serveStdio(tools, config, close) : serveHttp(tools, config, { database, shared, close }));
  } catch (error) {
    // Otherwise what is open would keep the process alive.
    await close();
    throw error;
  }
}
