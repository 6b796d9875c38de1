import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DirectSeam } from '../src/direct/direct-seam.js';

/** A way in which a direct path could be wrong. */
interface Bug {
  readonly does: string;
  readonly seam: DirectSeam;
}

type Message = Record<string, unknown> & { params?: Record<string, unknown> & { _meta?: Record<string, unknown> } };

/** A path that judges a message after this was done to it. */
function overlooking(does: string, change: (message: Message, request: IncomingMessage) => void): Bug {
  return {
    does,
    seam: (path) => (request, response, message, principal, listener) => {
      const copy = structuredClone(message) as Message;
      const seen = Object.create(request, { headers: { value: { ...request.headers } } }) as IncomingMessage;
      if (typeof copy === 'object' && copy !== null) change(copy, seen);
      return path(seen, response, copy, principal, listener);
    },
  };
}

/** A path that writes an answer of JSON after this was done to its text. */
function writing(does: string, change: (text: string) => string): Bug {
  return {
    does,
    seam: (path) => (request, response, message, principal, listener) => {
      const writeHead = response.writeHead.bind(response);
      const end = response.end.bind(response);
      // Before: an answer that waits for nothing has gone out when the path returns.
      response.writeHead = ((status: number, headers: string[] | Record<string, string>) => {
        const given = Array.isArray(headers) ? headers : Object.entries(headers).flat();
        const at = given.indexOf('Content-Length');
        return writeHead(status, at < 0 ? given : given.toSpliced(at, 2));
      }) as ServerResponse['writeHead'];
      response.end = ((text?: string | Buffer) =>
        end(change(text === undefined ? '' : String(text)))) as ServerResponse['end'];
      const result = path(request, response, message, principal, listener);
      if (result === undefined) Object.assign(response, { writeHead, end });
      return result;
    },
  };
}

const both: readonly Bug[] = [
  overlooking('overlooks a progress token', ({ params }) => delete params?._meta?.progressToken),
  overlooking('overlooks further parameters', (message) => {
    for (const key of Object.keys(message.params ?? {})) {
      if (!['name', 'arguments', '_meta'].includes(key)) delete message.params?.[key];
    }
  }),
  overlooking('overlooks further fields', (message) => {
    for (const key of Object.keys(message)) {
      if (!['jsonrpc', 'id', 'method', 'params'].includes(key)) delete message[key];
    }
  }),
  overlooking('overlooks the version of JSON-RPC', (message) => {
    message.jsonrpc = '2.0';
  }),
  overlooking('overlooks arguments that are no object', ({ params }) => {
    if (params !== undefined && typeof params.arguments !== 'object') params.arguments = {};
  }),
  overlooking('overlooks the protocol headers it does not know', (_, request) => {
    for (const name of Object.keys(request.headers)) {
      if (name === 'mcp-method' || name === 'mcp-name' || name === 'mcp-protocol-version') delete request.headers[name];
    }
  }),
  overlooking('makes every id a text', (message) => {
    if (typeof message.id === 'number') message.id = String(message.id);
  }),
  writing('forgets that an answer is an error', (text) => text.replace(',"isError":true', '')),
  writing('forgets structured content', (text) => text.replace(/,"structuredContent":\{.*?\}(?=[,}])/, '')),
  writing('shows where an error was', (text) => text.replace('not shown here', 'hunter2')),
];

/** By the era in which they show. */
export const bugs = {
  legacy: both,
  modern: [
    ...both.filter(({ does }) => !does.includes('headers it does not know')),
    overlooking('overlooks a log level', ({ params }) => delete params?._meta?.['io.modelcontextprotocol/logLevel']),
    overlooking('overlooks what Mcp-Name says', ({ params }, request) => {
      if (typeof params?.name === 'string') request.headers['mcp-name'] = params.name;
    }),
    overlooking('overlooks the version header', (_, request) => {
      request.headers['mcp-protocol-version'] = '2026-07-28';
    }),
    writing('forgets the type of the result', (text) => text.replace(',"resultType":"complete"', '')),
    writing('forgets who serves', (text) => text.replace(/"io.modelcontextprotocol\/serverInfo":\{.*?\}/, '')),
  ],
} as const;
