import { createServer, type Server } from 'node:http';
import type { Authenticator, ProtectedResource } from '@sallyport/auth';
import { type Clock, systemClock, type Tool } from '@sallyport/core';
import { bind, isLoopbackBind } from './bind.js';
import { answerClientErrors } from './client-error.js';
import { directPath } from './direct/direct-path.js';
import { seenBy } from './direct/direct-seam.js';
import { Drain, type Drained, type DrainTimes } from './drain.js';
import { anonymousAuth, tokenAuth } from './edge-auth.js';
import { endpoint } from './endpoint.js';
import type { Host } from './host.js';
import { hostRule } from './host-header.js';
import { listener } from './listener.js';
import { type Log, logToConsole } from './log.js';
import { metadata } from './metadata.js';
import { toolFinder } from './named-tool.js';
import { type OfficialHandler, officialHandler, type ServerInfo } from './official-handler.js';
import { originRule } from './origin.js';
import { type ReadyCheck, readiness } from './readiness.js';
import { endpointPaths, routes } from './routes.js';
import { RunningCalls } from './running-calls.js';
import { exitOnSignals } from './signals.js';
import { firstScopes, toolScopes } from './tool-scopes.js';

/** Who may call: callers with a token, or anybody on this machine. There is no default. */
export type ServeSecurity =
  | {
      readonly auth: Authenticator;
      /** For the metadata clients discover. `url` may be left out on a loopback bind; it is the bound address then. */
      readonly resource: Omit<ProtectedResource, 'url'> & Partial<Pick<ProtectedResource, 'url'>>;
      readonly anonymous?: never;
    }
  | {
      /** Everybody is the same caller with every scope. Binds to loopback only. */
      readonly anonymous: true;
      readonly auth?: never;
      readonly resource?: never;
    };

/** How the server is bound, bounded and ended. */
export type ServeOptions = ServeSecurity & {
  readonly serverInfo: ServerInfo;
  /** For the model: how to use this server. */
  readonly instructions?: string;
  /** Default 3000; 0 takes a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Origins of pages that may call, exactly: `https://app.example.com`. On a loopback bind those of loopback may too. */
  readonly allowedOrigins?: readonly string[];
  /** Names this server answers under, without port. Default: on a loopback bind loopback names, otherwise any. */
  readonly allowedHosts?: readonly string[];
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** How long a request may take to arrive. Default 30,000; its headers at most 10,000. */
  readonly requestTimeoutMs?: number;
  /** What must be reachable for `/ready` to say so. */
  readonly ready?: readonly ReadyCheck[];
  /** Default: no pre-drain, 30,000 ms of grace. */
  readonly drain?: Partial<DrainTimes>;
  /** Drain and exit on SIGTERM and SIGINT. Default false. */
  readonly signals?: boolean;
  /** After the last call, before the process may end: close pools, flush logs. */
  readonly onClose?: () => unknown;
  /** Default: warnings and faults as JSON lines on standard error. */
  readonly log?: Log;
  /** For drain and readiness. */
  readonly clock?: Clock;
};

const defaultHost = '127.0.0.1';
/** Room for a token of 16 KiB and the other headers. */
const maxHeaderBytes = 32 * 1024;
/** Longer than load balancers keep an idle connection, so that they never send into one that closes. */
const keepAliveMs = 65_000;

/**
 * Serves the tools over Streamable HTTP to clients of 2026-07-28 and of the 2025 revisions, statelessly. Resolves when the
 * port is bound. Throws when neither `auth` nor `anonymous` is given: nobody serves openly by accident.
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
export async function serve(tools: readonly Tool[], options: ServeOptions): Promise<Host> {
  const {
    port = 3000,
    host = defaultHost,
    requestTimeoutMs = 30_000,
    log = logToConsole,
    clock = systemClock,
  } = options;
  assertSecurity(options, host);

  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    requireHostHeader: false,
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(10_000, requestTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs),
  });
  answerClientErrors(server);
  const bound = await bind(server, host, port);
  const drain = new Drain(clock, log);
  const calls = new RunningCalls();
  let handler: OfficialHandler;
  try {
    handler = mount(
      server,
      tools.map((tool) => calls.track(tool)),
      `${bound.origin}/mcp`,
      options,
      drain,
    );
  } catch (error) {
    server.close();
    throw error;
  }

  const shutDown = async (): Promise<Drained> => {
    const result = await drain.run(
      { preDrainMs: 0, graceMs: 30_000, ...options.drain },
      {
        refuse: () => server.closeIdleConnections(),
        interrupt: () => calls.interrupt(),
        close: async () => {
          await handler.close();
          await closeServer(server);
        },
      },
    );
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
  return { url: `${bound.origin}/mcp`, port: bound.port, drained, close };
}

/** Puts the parts together behind the server and returns the one that must be closed. */
function mount(
  server: Server,
  tools: readonly Tool[],
  boundUrl: string,
  options: ServeOptions,
  drain: Drain,
): OfficialHandler {
  const { host = defaultHost, log = logToConsole, clock = systemClock, maxBodyBytes = 1024 * 1024 } = options;
  const onLoopback = isLoopbackBind(host);
  const scopes = toolScopes(tools);
  const resource = options.auth === undefined ? undefined : { url: boundUrl, ...options.resource };
  const own = resource === undefined ? undefined : new URL(resource.url);
  const handler = officialHandler(tools, options.serverInfo, options.instructions, log);
  const auth = options.auth === undefined ? anonymousAuth(scopes) : tokenAuth(options.auth, firstScopes(tools), log);
  const direct = seenBy(options, directPath({ tools, serverInfo: options.serverInfo, listFor: () => tools, handler }));
  const mcp = endpoint({ auth, find: toolFinder(tools), handler, direct, drain, maxBodyBytes });
  const isReady = readiness(options.ready ?? [], clock, log);
  const published = resource === undefined ? undefined : metadata(resource, endpointPaths, scopes);
  server.on(
    'request',
    listener({
      routes: routes(mcp, drain, isReady, published),
      origins: originRule([...(options.allowedOrigins ?? []), ...(own === undefined ? [] : [own.origin])], onLoopback),
      hosts: hostRule(hostNames(options.allowedHosts ?? [], own, onLoopback), onLoopback),
      drain,
      log,
    }),
  );
  return handler;
}

/** Stops listening and cuts what is still connected: by now those are idle connections and clients that do not read. */
async function closeServer(server: Server): Promise<void> {
  // What was written last leaves the process in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The same rules as the types, for callers the types do not reach. */
function assertSecurity(options: Readonly<Record<string, unknown>>, host: string): void {
  const { auth, anonymous, resource } = options;
  if (auth === undefined && anonymous !== true) {
    throw new TypeError('serve needs `auth`, or `anonymous: true` in so many words');
  }
  if (auth !== undefined && anonymous !== undefined) throw new TypeError('`auth` and `anonymous` exclude each other');
  if (auth !== undefined && resource === undefined)
    throw new TypeError('`auth` needs `resource`, for the metadata clients discover');
  if (isLoopbackBind(host)) return;
  if (anonymous === true) throw new TypeError(`\`anonymous\` binds to loopback only, not to ${host}`);
  if ((resource as { readonly url?: unknown }).url === undefined) {
    throw new TypeError('`resource.url` is needed where clients come from other machines');
  }
}

/** The name of the canonical URL is always ours; it is not a reason to refuse others where no name was asked for. */
function hostNames(allowed: readonly string[], ownUrl: URL | undefined, onLoopback: boolean): readonly string[] {
  const checks = onLoopback || allowed.length > 0;
  return checks && ownUrl !== undefined ? [...allowed, ownUrl.hostname] : allowed;
}
