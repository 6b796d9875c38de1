import type { OnRefusal, Tool } from '@sallyport/core';
import { auditDenials, forgetOldKeysRegularly } from '@sallyport/postgres';
import type { Config } from './config.js';
import { openDatabase } from './database.js';
import { agentLimits, dependencies, shedding } from './guards.js';
import { startFakeProvider } from './payments/fake-provider.js';
import { type Payments, paymentsAt } from './payments/payments.js';
import { serveHttp } from './serve-http.js';
import { serveStdio } from './serve-stdio.js';
import { shareState } from './shared-state.js';
import { openTelemetry } from './telemetry.js';
import { type ToolStack, toolStack } from './tools/tool-stack.js';

/** Opens the database, builds the tools over it, and serves them over HTTP or standard input and output. */
export async function serveTools(
  config: Config,
  toolsOn: (stack: ToolStack, payments: Payments) => readonly Tool[],
  { stdio = false } = {},
): Promise<void> {
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const database = await openDatabase(config.database);
    opened.push(() => database.close());
    const operations = await openTelemetry(config, database);
    const { telemetry, log, load } = operations;
    opened.push(operations.close);
    // Failed calls are in the log already.
    const denials = auditDenials(database, () => {}, {
      lost: (cause) => log({ level: 'error', event: 'audit', cause }),
    });
    opened.push(denials.close);
    const onRefusal: OnRefusal = (refusal) => {
      telemetry.onRefusal(refusal);
      denials.onRefusal(refusal);
    };
    const shared = config.redis === undefined ? undefined : await shareState(config.redis, log);
    opened.push(() => shared?.close());
    opened.push(forgetOldKeysRegularly(database, (cause) => log({ level: 'error', event: 'forget-old-keys', cause })));
    const payments = paymentsAt(config.paymentsUrl ?? (await startFakeProvider()).url);
    const stack = toolStack(
      database,
      {
        observe: telemetry,
        report: denials.report,
        shed: { ...shedding, load },
        dependencies,
        agentLimits,
        ...(shared === undefined ? {} : { admission: shared.admission }),
      },
      {
        lost: (outcome) => log({ level: 'error', event: 'audit-outcome-lost', ...outcome }),
      },
    );
    const tools = toolsOn(stack, payments);
    await (stdio
      ? serveStdio(tools, config, close)
      : serveHttp(tools, config, { database, shared, operations, onRefusal, close }));
  } catch (error) {
    // Otherwise what is open would keep the process alive.
    await close();
    throw error;
  }
}
