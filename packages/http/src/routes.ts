import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from './answer.js';
import type { Drain } from './drain.js';
import type { Endpoint } from './endpoint.js';
import type { EndpointAddress } from './endpoint-address.js';
import type { Metadata } from './metadata.js';

/** What answers at one path. */
export interface Route {
  /** In the order `Allow` lists them. */
  readonly methods: readonly string[];
  /** Load balancers ask by address, under whatever name; an answer that reveals nothing may be given to any Host. */
  readonly anyHost: boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * The MCP endpoints by path. `session` answers `GET` and `DELETE` where there are sessions. Paths are compared as they came,
 * byte for byte: nothing is decoded, joined or trimmed.
 */
export function endpointRoutes(
  endpoints: ReadonlyMap<string, { readonly message: Endpoint; readonly session: Endpoint | undefined }>,
  addressFor: (path: string) => EndpointAddress,
): [string, Route][] {
  return [...endpoints].map(([path, { message, session }]) => {
    const address = addressFor(path);
    return [
      path,
      {
        methods: session === undefined ? ['POST'] : ['GET', 'POST', 'DELETE'],
        anyHost: false,
        handle: (request, response) =>
          (request.method === 'POST' ? message : (session ?? message))(request, response, address),
      },
    ];
  });
}

/** The documents of RFC 9728. */
export function metadataRoutes(published: Metadata | undefined): [string, Route][] {
  return [...(published?.documents ?? [])].map(([path, body]) => [
    path,
    readable(false, async () => ({ status: 200, body })),
  ]);
}

/** What load balancers ask. */
export function healthRoutes(drain: Drain, isReady: () => Promise<boolean>): Map<string, Route> {
  return new Map([
    ['/health', readable(true, async () => ({ status: 200, body: { status: 'ok' } }))],
    [
      '/ready',
      readable(true, async () => {
        const ready = drain.ready && (await isReady());
        return ready ? { status: 200, body: { status: 'ready' } } : { status: 503, body: { status: 'not ready' } };
      }),
    ],
  ]);
}

function readable(anyHost: boolean, answer: () => Promise<Answer>): Route {
  return {
    methods: ['GET', 'HEAD'],
    anyHost,
    handle: async (_, response) => send(response, await answer()),
  };
}
