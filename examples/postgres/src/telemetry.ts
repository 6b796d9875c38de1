import { UsageMeter } from '@sallyport/core';
import { eventLoopLoad, type LoggedEvent, logEvents, observe, serveMetrics, type Telemetry } from '@sallyport/observe';
import { type Database, postgresUsage } from '@sallyport/postgres';
import { pino } from 'pino';
import { type Config, ConfigError } from './config.js';

/** What an operator sees of the server. */
export interface Operations {
  readonly telemetry: Telemetry;
  /** For what happens beside the calls. */
  readonly log: (event: LoggedEvent) => void;
  readonly load: ReturnType<typeof eventLoopLoad>;
  close(): Promise<void>;
}

/**
 * Logs on standard error, metrics on the admin port, spans where OTEL_EXPORTER_OTLP_ENDPOINT says so, and what each agent used in the
 * database, when that outlives the process.
 */
export async function openTelemetry(
  { admin, tracing, database: kept }: Pick<Config, 'admin' | 'tracing' | 'database'>,
  database: Database,
): Promise<Operations> {
  const stopTracing = tracing ? (await import('./tracing.js')).startTracing() : undefined;
  // Standard output belongs to the protocol over stdio, and to the lines to try over HTTP.
  const log = pino(pino.destination(2));
  const events = logEvents(log);
  const usage =
    kept &&
    new UsageMeter(postgresUsage(database), {
      onFailure: ({ cause, calls, isLost }) => events({ level: 'error', event: 'usage', cause, calls, isLost }),
    });
  const telemetry = observe({ log, ...(usage && { usage }) });
  telemetry.publish('pool', () => database.measures());
  const listener = admin === undefined ? undefined : await listen(telemetry, admin);
  if (listener !== undefined) events({ level: 'info', event: 'metrics', url: listener.url });
  return {
    telemetry,
    log: events,
    load: eventLoopLoad(),
    async close() {
      await listener?.close();
      await telemetry.close();
      await stopTracing?.();
    },
  };
}

async function listen(telemetry: Telemetry, admin: NonNullable<Config['admin']>) {
  try {
    return await serveMetrics(telemetry, admin);
  } catch (error) {
    throw new ConfigError(`ADMIN_HOST, ADMIN_PORT: ${(error as Error).message}`);
  }
}
