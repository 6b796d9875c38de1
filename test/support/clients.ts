import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** The part of an answer that the tests look at. */
export interface Answer {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** The part of a listed tool that the tests look at. */
export interface ListedTool {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema: unknown;
  readonly outputSchema?: unknown;
  readonly annotations?: unknown;
}

/** What a test does with an official client, whatever its generation. */
export interface TestClient {
  listTools(): Promise<readonly ListedTool[]>;
  call(
    name: string,
    args?: Record<string, unknown>,
    meta?: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** How to reach a server: over HTTP with a token, or by starting it. */
export type Target =
  | { readonly url: string; readonly token: string }
  | {
      readonly command: string;
      readonly args: string[];
      readonly env: Record<string, string>;
      readonly cwd: string;
      /** Told of what the program writes to its log. */
      readonly onLog?: (text: string) => void;
    };

/** The official clients, by the protocol they speak. */
export const clients = {
  '1.x client': connect1,
  '2.x client, 2025-era': (target: Target) => connect2(target, 'legacy'),
  '2.x client, 2026-07-28': (target: Target) => connect2(target, { pin: '2026-07-28' }),
} as const satisfies Record<string, (target: Target) => Promise<TestClient>>;

export type ClientName = keyof typeof clients;
export const clientNames = Object.keys(clients) as ClientName[];

/** Reads the log of a started program, so that it is never blocked by a full pipe. */
function listening<T extends Stdio1 | Stdio2>(transport: T, onLog: (text: string) => void = () => {}): T {
  transport.stderr?.on('data', (chunk: Buffer) => onLog(chunk.toString()));
  return transport;
}

const info = { name: 'sallyport-test', version: '1.0.0' };

async function connect1(target: Target): Promise<TestClient> {
  const client = new Client1(info);
  const transport =
    'url' in target
      ? new Http1(new URL(target.url), { requestInit: { headers: { authorization: `Bearer ${target.token}` } } })
      : listening(new Stdio1({ ...target, stderr: 'pipe' }), target.onLog);
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, meta, signal) =>
      (await client.callTool(
        { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) },
        undefined,
        signal === undefined ? undefined : { signal },
      )) as Answer,
    close: () => client.close(),
  };
}

async function connect2(target: Target, mode: 'legacy' | { pin: string }): Promise<TestClient> {
  const client = new Client2(info, { versionNegotiation: { mode } });
  const transport =
    'url' in target
      ? new Http2(new URL(target.url), { requestInit: { headers: { authorization: `Bearer ${target.token}` } } })
      : listening(new Stdio2({ ...target, stderr: 'pipe' }), target.onLog);
  await client.connect(transport);
  return {
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, meta, signal) =>
      (await client.callTool(
        { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) },
        signal === undefined ? undefined : { signal },
      )) as Answer,
    close: () => client.close(),
  };
}
