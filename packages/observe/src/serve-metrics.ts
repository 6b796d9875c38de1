import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertOptions, option } from '@sallyport/core/adapter';
import type { Telemetry } from './observe.js';

/** Where metrics are served. */
export interface MetricsOptions {
  /** Default 9464; 0 takes a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. It has no authentication: never an address that clients of the server can reach. */
  readonly host?: string;
}

/** A listener that runs. */
export interface MetricsListener {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers `GET /metrics` on a port of its own, and nothing else. Resolves when it is bound.
 *
 * @example
 * ```ts
 * import { observe, serveMetrics } from '@sallyport/observe';
 *
 * const listener = await serveMetrics(observe(), { port: 0 });
 * console.log(listener.url); // http://127.0.0.1:…/metrics
 * await listener.close();
 * ```
 */
export async function serveMetrics(
  telemetry: Pick<Telemetry, 'metrics'>,
  options: MetricsOptions = {},
): Promise<MetricsListener> {
  const problem = option.having('metrics')(telemetry);
  if (problem !== undefined) throw new TypeError(`serveMetrics: the telemetry ${problem}: make it with observe()`);
  assertOptions('serveMetrics', options, checks);
  const { metrics } = telemetry;
  const { port = 9464, host = '127.0.0.1' } = options;
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') response.writeHead(404).end();
    else if (request.method !== 'GET') response.writeHead(405, { Allow: 'GET' }).end();
    else metrics(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const checks = {
  port: option.wholeNumber(0, 65_535),
  host: option.text,
} satisfies Record<keyof MetricsOptions, unknown>;
