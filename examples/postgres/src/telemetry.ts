import { eventLoopLoad, type LoggedEvent, logEvents, observe, serveMetrics, type Telemetry } from '@sallyport/observe';
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

/** Logs on standard error, metrics on the admin port, and spans where OTEL_EXPORTER_OTLP_ENDPOINT says so. */
export async function openTelemetry({ admin, tracing }: Pick<Config, 'admin' | 'tracing'>): Promise<Operations> {
  const stopTracing = tracing ? (await import('./tracing.js')).startTracing() : undefined;
  // Standard output belongs to the protocol over stdio, and to the lines to try over HTTP.
  const log = pino(pino.destination(2));
  const events = logEvents(log);
  const telemetry = observe({ log });
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
