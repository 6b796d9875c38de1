import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock, type Tool } from '@sallyport/core';
import { pages } from '@sallyport/mcp-server/host';
import type { Changes } from './changes.js';
import { type Content, type Versions, versionsOf } from './content.js';
import { directPath } from './direct/direct-path.js';
import { seenBy } from './direct/direct-seam.js';
import type { Drain } from './drain.js';
import { anonymousAuth, type EdgeAuth, tokenAuth } from './edge-auth.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { harmless } from './harmless.js';
import { hostRule } from './host-header.js';
import { limitAnswers } from './limits/limit-answers.js';
import { listener } from './listener.js';
import { logToConsole } from './log.js';
import type { McpOptions } from './mcp-options.js';
import { metadata } from './metadata.js';
import { toolFinder } from './named-tool.js';
import { officialHandler } from './official-handler.js';
import { originRule } from './origin.js';
import { pathOf } from './request-target.js';
import { endpointRoutes, metadataRoutes, type Route } from './routes.js';
import { RunningCalls } from './running-calls.js';
import { scopeOffer } from './scope-offer.js';
import { serverSource } from './server-source.js';
import { legacySessions } from './sessions/legacy-sessions.js';
import { memorySessions } from './sessions/memory-sessions.js';
import { sessionEndpoint } from './sessions/session-endpoint.js';
import { Subscriptions } from './subscriptions.js';
import './tick-shape.js';
import { toolScopes } from './tool-scopes.js';
import { UnauthenticatedFloods } from './unauthenticated-floods.js';
import { visibleTools } from './visible-tools.js';

/** Everything between an HTTP request and a tool, without a port of its own. */
export interface McpHost {
  /** Whether the request is for one of its paths. */
  owns(request: IncomingMessage): boolean;
  /** Answers the request, whatever it is. */
  answer(request: IncomingMessage, response: ServerResponse): void;
  readonly calls: RunningCalls;
  readonly changes: Changes;
  /** Ends streams and sessions. Calls that run are not waited for. */
  close(): Promise<void>;
}

/** Where the host is, and what else answers there. */
export interface Place {
  /** Of the newest endpoint. */
  readonly url: string;
  readonly onLoopback: boolean;
  readonly drain: Drain;
  /** Routes besides those of MCP. */
  readonly others: ReadonlyMap<string, Route>;
}

/** Of all bodies that are on their way, together. */
const maxHeldBytes = 256 * 1024 * 1024;
const defaultBounds = { maxPerOwner: 10, maxInAll: 1_000, idleMs: 30 * 60_000 };

/** Puts the parts together. Throws for content that cannot be served. */
export function mcpHost(content: Content | Versions, options: McpOptions, place: Place): McpHost {
  const { log = logToConsole, clock = systemClock, maxBodyBytes = 1024 * 1024 } = options;
  const { pageSize = 1_000, cursorKey = crypto.getRandomValues(new Uint8Array(32)), sessions: kept = 'none' } = options;
  const calls = new RunningCalls();
  const onRefusal = harmless(options.onRefusal, log);
  const limits = limitAnswers(options.denials ?? 'escalate', clock, onRefusal);
  const { hearing } = limits;
  const serving = {
    track: (tool: Tool) => hearing.hear(calls.track(tool)),
    pages: pages(pageSize, cursorKey),
    privateLists: options.auth !== undefined,
  };
  const versions = versionsOf(content).map(([path, own]) => ({
    path,
    content: own,
    source: serverSource(own, options, { ...serving, endpoint: path }),
  }));
  const tools = versions.flatMap(({ source }) => source.tools);
  const offer = scopeOffer(tools, options.resource);
  const { maxUnauthenticatedPerMinute: perMinute = 300, trustedProxies = 0 } = options;
  const floods = new UnauthenticatedFloods({ perMinute, trustedProxies }, clock);
  const auth: EdgeAuth =
    options.auth === undefined
      ? anonymousAuth(toolScopes(tools))
      : tokenAuth(options.auth, offer, floods, log, onRefusal);
  const store = kept === 'memory' ? memorySessions(clock) : kept;
  const bounds = { ...defaultBounds, ...options.sessionBounds };
  const subscriptions = new Subscriptions(options.maxSubscriptions ?? 10);

  const bodies = { bytes: 0, maxBytes: Math.max(maxHeldBytes, maxBodyBytes) };

  const parts = versions.map(({ path, content, source }) => {
    const handler = officialHandler(source, log, clock, hearing, trustedProxies);
    const sessions =
      store === 'none'
        ? undefined
        : legacySessions({ source, store, bounds, calls, clock, log, hearing, trustedProxies });
    const find = toolFinder(source.tools);
    // A request state is bound to what the SDK knows of its request, so servers that use them stay on its path.
    const direct =
      typeof content === 'function' || options.serverInfo === undefined || options.requestStates !== undefined
        ? undefined
        : seenBy(
            options,
            directPath({
              tools: content,
              calls,
              serverInfo: options.serverInfo,
              listFor: content.length > pageSize ? undefined : visibleTools(content),
              privateLists: serving.privateLists,
              trustedProxies,
              handler,
            }),
          );
    const shared = {
      auth,
      find,
      handler,
      sessions,
      subscriptions,
      calls,
      direct,
      limits,
      hides: typeof content !== 'function',
      onRefusal,
      log,
      drain: place.drain,
      maxBodyBytes,
      bodies,
      clock,
    };
    const session = sessions === undefined ? undefined : sessionEndpoint(auth, sessions, place.drain);
    return { path, handler, sessions, message: endpoint(shared), session };
  });
  const newest = parts.at(-1);
  const endpoints = new Map<string, { readonly message: Endpoint; readonly session: Endpoint | undefined }>();
  if (newest !== undefined) endpoints.set('/mcp', newest);
  for (const part of parts) endpoints.set(part.path, part);

  const resource = options.auth === undefined ? undefined : { url: place.url, ...options.resource };
  const own = resource === undefined ? undefined : new URL(resource.url);
  const published =
    resource === undefined
      ? undefined
      : metadata(resource, [...endpoints.keys()], offer.supported, options.auth?.dpopAlgorithms);
  const routes = new Map([
    ...endpointRoutes(endpoints, (path) => published?.addressFor(path) ?? { url: '', metadataUrl: '' }),
    ...metadataRoutes(published),
  ]);
  return {
    owns: ({ url }) => routes.has(pathOf(url)),
    answer: listener({
      routes: new Map([...routes, ...place.others]),
      origins: originRule(
        [...(options.allowedOrigins ?? []), ...(own === undefined ? [] : [own.origin])],
        place.onLoopback,
      ),
      hosts: hostRule(hostNames(options.allowedHosts ?? [], own, place.onLoopback), place.onLoopback),
      drain: place.drain,
      log,
    }),
    calls,
    changes: {
      toolsChanged() {
        for (const { handler, sessions } of parts) {
          handler.notify.toolsChanged();
          sessions?.each((server) => server.sendToolListChanged());
        }
      },
      promptsChanged() {
        for (const { handler, sessions } of parts) {
          handler.notify.promptsChanged();
          sessions?.each((server) => server.sendPromptListChanged());
        }
      },
      resourcesChanged() {
        for (const { handler, sessions } of parts) {
          handler.notify.resourcesChanged();
          sessions?.each((server) => server.sendResourceListChanged());
        }
      },
      resourceUpdated(uri) {
        for (const { handler } of parts) handler.notify.resourceUpdated(uri);
      },
    },
    async close() {
      await Promise.all(parts.flatMap(({ handler, sessions }) => [handler.close(), sessions?.close()]));
    },
  };
}

/** The name of the canonical URL is always ours; it is not a reason to refuse others where no name was asked for. */
function hostNames(allowed: readonly string[], ownUrl: URL | undefined, onLoopback: boolean): readonly string[] {
  const checks = onLoopback || allowed.length > 0;
  return checks && ownUrl !== undefined ? [...allowed, ownUrl.hostname] : allowed;
}
