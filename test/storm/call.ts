import { Agent, request } from 'node:http';

/** A protocol generation; in the second every request says who it is. */
export type Era = '2025' | '2026';

/** One call of a tool, as it is sent. */
export interface Asked {
  readonly token: string;
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>>;
  /** The longest that the caller wants to wait, which it tells the server. */
  readonly timeoutMs?: number;
  readonly era?: Era;
}

/** How it ended: the code of a typed error, `ok`, or how it was lost: `lost` (502), `reset`, `HTTP n`. */
export interface Answered {
  readonly code: string;
  readonly tookMs: number;
  readonly retryAfterMs?: number;
  /** The structured content of an answer. */
  readonly content?: Readonly<Record<string, unknown>>;
}

const version = '2026-07-28';
const envelope = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'storm', version: '1.0.0' },
};

/** Keeps connections to nginx, as clients do. */
export function keptConnections(): Agent {
  return new Agent({ keepAlive: true, maxFreeSockets: 500, scheduling: 'lifo' });
}

/** Calls once, and repeats nothing. Never rejects: a connection that breaks is an answer, `reset`. Aborting the signal is a client that goes away. */
export function callOnce(origin: string, asked: Asked, agent: Agent | false, signal?: AbortSignal): Promise<Answered> {
  const { token, tool, args = {}, timeoutMs, era = '2026' } = asked;
  const meta = {
    ...(era === '2026' ? envelope : {}),
    ...(timeoutMs === undefined ? {} : { 'dev.sallyport/timeoutMs': timeoutMs }),
  };
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: tool, arguments: args, _meta: meta },
  });
  const began = performance.now();
  return new Promise((resolve) => {
    const ended = (answer: Omit<Answered, 'tookMs'>) => resolve({ ...answer, tookMs: performance.now() - began });
    const outgoing = request(
      `${origin}/mcp`,
      {
        method: 'POST',
        agent,
        ...(signal === undefined ? {} : { signal }),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          accept: 'application/json, text/event-stream',
          ...(era === '2026' ? { 'mcp-protocol-version': version, 'mcp-method': 'tools/call', 'mcp-name': tool } : {}),
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => ended(read(incoming.statusCode ?? 0, text)));
        incoming.on('error', () => ended({ code: 'reset' }));
      },
    );
    outgoing.on('error', () => ended({ code: 'reset' }));
    outgoing.end(body);
  });
}

interface Message {
  readonly result?: {
    readonly structuredContent?: Readonly<Record<string, unknown>>;
    readonly _meta?: Readonly<Record<string, unknown>>;
  };
  readonly error?: string | { readonly message?: string; readonly data?: { readonly code?: string } };
}

function read(status: number, text: string): Omit<Answered, 'tookMs'> {
  let message: Message;
  try {
    message = JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text) as Message;
  } catch {
    return { code: `HTTP ${status}` };
  }
  const { result, error } = message;
  const typed = result?._meta?.['dev.sallyport/error'] as { code?: string; retryAfterMs?: number } | undefined;
  if (typed?.code !== undefined) {
    return { code: typed.code, ...(typed.retryAfterMs === undefined ? {} : { retryAfterMs: typed.retryAfterMs }) };
  }
  if (result !== undefined) {
    return { code: 'ok', ...(result.structuredContent === undefined ? {} : { content: result.structuredContent }) };
  }
  return { code: (typeof error === 'object' ? error.data?.code : error) ?? `HTTP ${status}` };
}
