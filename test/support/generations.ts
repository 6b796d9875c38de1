import { Client as Client2, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as InMemory1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as McpServer1, ResourceTemplate as Template1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  McpError,
  ResultSchema,
  UrlElicitationRequiredError as UrlError1,
} from '@modelcontextprotocol/sdk/types.js';
import {
  createMcpHandler,
  InMemoryTransport as InMemory2,
  McpServer as McpServer2,
  ProtocolError,
  ResourceTemplate as Template2,
  UrlElicitationRequiredError as UrlError2,
} from '@modelcontextprotocol/server';
import type { HardenedStack, Tool } from '@sallyport/core';
import type { AdapterOptions } from '@sallyport/core/adapter';
import * as adapter1 from '@sallyport/mcp-sdk';
import * as adapter2 from '@sallyport/mcp-server';
import { z } from 'zod';

type Method = { method(...args: unknown[]): unknown }['method'];

/** What a tool's author gets back, in both generations. */
interface Registered {
  enabled: boolean;
  enable(): void;
  disable(): void;
  remove(): void;
  update(updates: object): void;
}

/** The part of an official `McpServer` that is the same in both generations. */
export interface AnyServer {
  readonly server: object;
  registerTool(name: string, config: object, handler: Method): Registered;
  registerResource(name: string, uriOrTemplate: unknown, config: object, handler: Method): Registered;
  registerPrompt(name: string, config: object, handler: Method): Registered;
}

/** An answer as it came over the wire, or as the client of that generation gives it to its user. */
type Answer = Readonly<Record<string, unknown>> & {
  readonly content?: readonly { readonly type: string; readonly text: string }[];
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
};

interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: object) => void;
}

/** An official client, connected. Rejects with the `code`, `message` and `data` of JSON-RPC errors. */
export interface AnyClient {
  listTools(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  callTool(params: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
  /** Any request; the client knows nothing of its result. */
  raw(method: string, params?: Record<string, unknown>): Promise<Answer>;
  /** Log messages that came. */
  readonly logged: object[];
  /** Questions that came: to the user, and to the model. */
  readonly asked: unknown[];
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** What the transport verified. */
  readonly authInfo?: object;
}

export interface Generation {
  readonly name: string;
  readonly sdk: 1 | 2;
  readonly era: '2025' | '2026';
  server(options?: object): AnyServer;
  harden(server: AnyServer, stack: HardenedStack, options?: AdapterOptions): AnyServer;
  register(server: object, tools: readonly Tool[], options?: AdapterOptions): void;
  toolsOf(server: object): readonly Tool[];
  template(uri: string, callbacks: object): unknown;
  protocolError(code: number, message: string): Error;
  urlElicitation(): Error;
  /** Serves what `make` makes (once for a connection, or for every request where the era has none). */
  connect(make: () => AnyServer, options?: ConnectOptions): Promise<AnyClient>;
}

const info = { name: 'adapters', version: '1.0.0' };
const elicitations = [
  { mode: 'url' as const, elicitationId: '1', url: 'https://example.com/', message: 'Open this first.' },
];
const clientCapabilities = { elicitation: { form: {}, url: {} }, sampling: {} };
const accepted = { action: 'accept' as const, content: { name: 'Ada' } };
const sampled = { role: 'assistant' as const, model: 'm', content: { type: 'text' as const, text: 'sampled' } };

function kept<T>(asked: unknown[], params: unknown, answer: T): T {
  asked.push(params);
  return answer;
}

/** Says on every message what a host would have verified. */
function authenticated<T extends { send(message: never, options?: object): Promise<void> }>(
  transport: T,
  { authInfo }: ConnectOptions,
): T {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => send(message, { ...options, ...(authInfo && { authInfo }) });
  return transport;
}

const first: Generation = {
  name: '1.x',
  sdk: 1,
  era: '2025',
  server: (options) => new McpServer1(info, { capabilities: { logging: {} }, ...options }) as unknown as AnyServer,
  harden: (server, stack, options) => adapter1.harden(server as unknown as McpServer1, stack, options) as never,
  register: (server, tools, options) => adapter1.register(server as McpServer1, tools, options),
  toolsOf: (server) => adapter1.toolsOf(server as McpServer1),
  template: (uri, callbacks) => new Template1(uri, callbacks as never),
  protocolError: (code, message) => new McpError(code, message),
  urlElicitation: () => new UrlError1(elicitations),
  async connect(make, options = {}) {
    const [here, there] = InMemory1.createLinkedPair();
    const client = new Client1(info, { capabilities: clientCapabilities });
    const logged: object[] = [];
    const asked: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params));
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => kept(asked, params, accepted));
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => kept(asked, params, sampled));
    await (make() as unknown as McpServer1).connect(there as never);
    await client.connect(authenticated(here, options) as never);
    return {
      logged,
      asked,
      listTools: async () => (await client.listTools()).tools,
      callTool: async (params, how) => (await client.callTool(params as never, undefined, how)) as Answer,
      raw: async (method, params) => (await client.request({ method, params } as never, ResultSchema)) as Answer,
      close: () => client.close(),
    };
  },
};

const second = {
  sdk: 2,
  server: (options?: object) =>
    new McpServer2(info, { capabilities: { logging: {} }, ...options }) as unknown as AnyServer,
  harden: (server: AnyServer, stack: HardenedStack, options?: AdapterOptions) =>
    adapter2.harden(server as unknown as McpServer2, stack, options) as never,
  register: (server: object, tools: readonly Tool[], options?: AdapterOptions) =>
    adapter2.register(server as McpServer2, tools, options),
  toolsOf: (server: object) => adapter2.toolsOf(server as McpServer2),
  template: (uri: string, callbacks: object) => new Template2(uri, callbacks as never),
  protocolError: (code: number, message: string) => new ProtocolError(code, message),
  urlElicitation: () => new UrlError2(elicitations),
} as const;

function client2(mode: 'legacy' | { pin: string }) {
  const client = new Client2(info, { capabilities: clientCapabilities, versionNegotiation: { mode } });
  const logged: object[] = [];
  const asked: unknown[] = [];
  client.setNotificationHandler('notifications/message', ({ params }) => void logged.push(params));
  client.setRequestHandler('elicitation/create', ({ params }) => kept(asked, params, accepted));
  client.setRequestHandler('sampling/createMessage', ({ params }) => kept(asked, params, sampled));
  const any: AnyClient = {
    logged,
    asked,
    listTools: async () => (await client.listTools()).tools,
    callTool: async (params, how) => (await client.callTool(params as never, how)) as Answer,
    raw: async (method, params) => (await client.request({ method, params } as never, z.looseObject({}))) as Answer,
    close: () => client.close(),
  };
  return { client, any };
}

const secondLegacy: Generation = {
  ...second,
  name: '2.x, 2025 era',
  era: '2025',
  async connect(make, options = {}) {
    const [here, there] = InMemory2.createLinkedPair();
    const { client, any } = client2('legacy');
    await (make() as unknown as McpServer2).connect(there);
    await client.connect(authenticated(here, options) as typeof here);
    return any;
  },
};

const secondModern: Generation = {
  ...second,
  name: '2.x, 2026-07-28',
  era: '2026',
  async connect(make, { authInfo } = {}) {
    const handler = createMcpHandler(() => make() as unknown as McpServer2);
    const { client, any } = client2({ pin: '2026-07-28' });
    const transport = new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
      fetch: (url, init) =>
        handler.fetch(new Request(url, init), authInfo === undefined ? {} : { authInfo: authInfo as never }),
    });
    await client.connect(transport);
    return any;
  },
};

/** Both generations of the SDK; the second in both of its eras. */
export const generations: readonly Generation[] = [first, secondLegacy, secondModern];
