import { createServer } from 'node:http';
import { systemClock } from '@sallyport/core';
import { assertOptions } from '@sallyport/core/adapter';
import { assertSecurity } from './assert-security.js';
import { bind, isLoopbackBind } from './bind.js';
import { answerClientErrors } from './client-error.js';
import { closeServer } from './close-server.js';
import { Connections } from './connections.js';
import type { Content, Versions } from './content.js';
import { type ClosingDrain, closingDrain, Drain, type Drained } from './drain.js';
import type { Host } from './host.js';
import { logToConsole } from './log.js';
import { type McpHost, mcpHost } from './mcp-host.js';
import type { McpOptions } from './mcp-options.js';
import { serveChecks } from './option-checks.js';
import { type ReadyCheck, readiness } from './readiness.js';
import { healthRoutes } from './routes.js';
import { exitOnSignals } from './signals.js';

/** How the server is bound, bounded and ended. */
export type ServeOptions = McpOptions & {
  /** Default 3000; 0 takes a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /**
   * How long a request may take to arrive, and how long a client may go without reading anything of its answer. Default 30,000;
   * headers at most 10,000.
   */
  readonly requestTimeoutMs?: number;
  /** Open connections. A further one takes the place of the one that has been silent longest. Default 10,000. */
  readonly maxConnections?: number;
  /** What must be reachable for `/ready` to say so, beside what `auth` needs itself: the keys of an issuer. */
  readonly ready?: readonly ReadyCheck[];
  /** Default: no pre-drain, 30,000 ms of grace, 500 ms of lingering. */
  readonly drain?: Partial<ClosingDrain>;
  /** Drain and exit on SIGTERM and SIGINT. Default false. */
  readonly signals?: boolean;
  /** After the last call, before the process may end: close pools, flush logs. */
  readonly onClose?: () => unknown;
};

const defaultHost = '127.0.0.1';
/** Room for a token of 16 KiB and the other headers. */
const maxHeaderBytes = 32 * 1024;
/** Longer than load balancers keep an idle connection, so that they never send into one that closes. */
const keepAliveMs = 65_000;

/**
 * Serves tools, or servers that `harden` made, over Streamable HTTP to clients of 2026-07-28 and of the 2025 revisions.
 * Resolves when the port is bound. Throws when neither `auth` nor `anonymous` is given: nobody serves openly by accident;
 * and for a server that is not hardened, and for an option that is unknown or cannot work.
 *
 * @example
 * ```ts
 * import type { Tool } from '@sallyport/core';
 * import { serve } from '@sallyport/http';
 *
 * declare const tools: Tool[];
 * const host = await serve(tools, { anonymous: true, serverInfo: { name: 'demo', version: '1.0.0' }, port: 0 });
 * console.log(`ready ${host.url}`);
 * await host.close();
 * ```
 */
export async function serve(content: Content | Versions, options: ServeOptions): Promise<Host> {
  assertOptions('serve', options, serveChecks satisfies Record<keyof ServeOptions, unknown>);
  const {
    port = 3000,
    host = defaultHost,
    requestTimeoutMs = 30_000,
    maxConnections = 10_000,
    ready = [],
    log = logToConsole,
    clock = systemClock,
  } = options;
  assertSecurity(options, isLoopbackBind(host) ? undefined : host);

  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    requireHostHeader: false,
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(10_000, requestTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs),
  });
  const connections = new Connections(server, maxConnections, requestTimeoutMs);
  answerClientErrors(server, connections);
  const bound = await bind(server, host, port);
  const isReady = readiness([() => options.auth?.ready?.(), ...ready], clock, log);
  const drain = new Drain(clock, log);
  let mcp: McpHost;
  try {
    mcp = mcpHost(content, options, {
      url: `${bound.origin}/mcp`,
      onLoopback: isLoopbackBind(host),
      drain,
      others: healthRoutes(drain, isReady),
    });
    server.on('request', mcp.answer);
  } catch (error) {
    server.close();
    throw error;
  }

  const shutDown = async (): Promise<Drained> => {
    const { lingerMs, ...times } = closingDrain(options.drain);
    const result = await drain.run(times, {
      refuse: () => connections.announceEnd(),
      interrupt: () => mcp.calls.interrupt(),
      close: async (leftMs) => {
        await mcp.close();
        await closeServer(server, connections, clock, { lingerMs, leftMs });
      },
    });
    await options.onClose?.();
    unhook();
    return result;
  };
  let closing: Promise<Drained> | undefined;
  let began: (closing: Promise<Drained>) => void = () => {};
  const drained = new Promise<Drained>((resolve) => {
    began = resolve;
  });
  // Whoever called `close` is told of a failure; nobody has to listen here as well.
  drained.catch(() => {});
  const close = () => {
    if (closing === undefined) {
      closing = shutDown();
      began(closing);
    }
    return closing;
  };
  const unhook = options.signals === true ? exitOnSignals(close) : () => {};
  log({ level: 'info', event: 'listening', url: `${bound.origin}/mcp` });
  return { url: `${bound.origin}/mcp`, port: bound.port, changes: mcp.changes, drained, close };
}
