import { Agent, request as httpRequest } from 'node:http';
import { type DirectSeam, withSeam } from '../src/direct/direct-seam.js';
import { type Host, type ServeOptions, serve } from '../src/index.js';
import type { OddRequest } from './odd-requests.js';
import { type HeldCalls, oddTools } from './odd-tools.js';

/** A server with the odd tools, and how it answers. */
export interface Way {
  readonly host: Host;
  readonly held: HeldCalls;
  ask(request: OddRequest): Promise<Answered>;
  /** Sends it and hangs up when `until` resolves. Resolves when the connection is closed on both sides. */
  leave(request: OddRequest, until: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** An answer without what may differ: ids of errors, dates, what is left of limits, and how messages are framed. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** JSON-RPC messages as text, in order; of an answer that has none its body. */
  readonly messages: readonly string[];
  readonly framed: boolean;
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
const framing = ['content-type', 'content-length', 'transfer-encoding', 'cache-control', 'x-accel-buffering'];

/** Who may call it. Default: anybody. */
type Security = { readonly anonymous: true } | Pick<ServeOptions, 'auth' | 'resource'>;

/** Starts one. Everything it does depends on what it is sent alone, so two of them are alike. */
export async function way(seam: DirectSeam, security: Security = { anonymous: true }): Promise<Way> {
  const { tools, held } = oddTools();
  const serverInfo = { name: 'odd', version: '1', title: 'Odd ünd' };
  const host = await serve(tools, {
    ...security,
    serverInfo,
    port: 0,
    log: () => {},
    ...withSeam(seam),
  } as ServeOptions);
  const agent = new Agent({ keepAlive: true, maxSockets: 400 });
  return {
    host,
    held,
    ask: ({ headers, body }) =>
      new Promise((resolve, reject) => {
        const length = { 'Content-Length': Buffer.byteLength(body) };
        const sent = httpRequest(
          { port: host.port, path: '/mcp', method: 'POST', agent, headers: { ...headers, ...length } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve(answered(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
            );
          },
        );
        sent.on('error', reject);
        sent.end(body);
      }),
    leave: ({ headers, body }, until) =>
      new Promise((resolve, reject) => {
        const sent = httpRequest({ port: host.port, path: '/mcp', method: 'POST', headers: { ...headers } });
        sent.on('error', () => {});
        sent.on('response', (response) => response.on('error', () => {}).resume());
        sent.end(body);
        until().then(() => {
          sent.on('close', resolve);
          sent.destroy();
        }, reject);
      }),
    async close() {
      agent.destroy();
      await host.close();
    },
  };
}

function answered(status: number, headers: Readonly<Record<string, unknown>>, body: string): Answered {
  const text = body.replaceAll(uuid, '<uuid>');
  const framed = headers['content-type'] === 'text/event-stream';
  const { date: _, ratelimit, ...others } = headers;
  const rest = typeof ratelimit === 'string' ? { ...others, ratelimit: ratelimit.replaceAll(/r=\d+/g, 'r=n') } : others;
  const isMessage = framed || (headers['content-type'] === 'application/json' && status === 200);
  return {
    status,
    headers: Object.fromEntries(Object.entries(rest).filter(([name]) => !(isMessage && framing.includes(name)))),
    messages: framed ? unframed(text) : [text],
    framed,
  };
}

function unframed(text: string): string[] {
  const frames = text.split('\n\n');
  if (frames.pop() !== '') throw new Error(`an event stream that ends within an event: ${text.slice(-200)}`);
  return frames.map((frame) => {
    const data = /^event: message\ndata: (.*)$/s.exec(frame)?.[1];
    if (data === undefined) throw new Error(`not an event of the protocol: ${frame}`);
    return data;
  });
}
