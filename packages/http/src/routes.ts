import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from './answer.js';
import type { Drain } from './drain.js';
import type { Endpoint } from './endpoint.js';
import type { Metadata } from './metadata.js';

/** What answers at one path. */
export interface Route {
  /** In the order `Allow` lists them. */
  readonly methods: readonly string[];
  /** Load balancers ask by address, under whatever name; an answer that reveals nothing may be given to any Host. */
  readonly anyHost: boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Paths of the MCP endpoint. `/mcp` is the newest version. */
export const endpointPaths = ['/mcp', '/v1/mcp'] as const;

/** Paths are compared as they came, byte for byte: nothing is decoded, joined or trimmed. */
export function routes(
  mcp: Endpoint,
  drain: Drain,
  isReady: () => Promise<boolean>,
  published: Metadata | undefined,
): ReadonlyMap<string, Route> {
  const table = new Map<string, Route>();
  for (const path of endpointPaths) {
    const address = published?.addressFor(path) ?? { url: '', metadataUrl: '' };
    table.set(path, {
      methods: ['POST'],
      anyHost: false,
      handle: (request, response) => mcp(request, response, address),
    });
  }
  table.set(
    '/health',
    readable(true, async () => ({ status: 200, body: { status: 'ok' } })),
  );
  table.set(
    '/ready',
    readable(true, async () => {
      const ready = drain.ready && (await isReady());
      return ready ? { status: 200, body: { status: 'ready' } } : { status: 503, body: { status: 'not ready' } };
    }),
  );
  for (const [path, body] of published?.documents ?? []) {
    table.set(
      path,
      readable(false, async () => ({ status: 200, body })),
    );
  }
  return table;
}

function readable(anyHost: boolean, answer: () => Promise<Answer>): Route {
  return {
    methods: ['GET', 'HEAD'],
    anyHost,
    handle: async (_, response) => send(response, await answer()),
  };
}
