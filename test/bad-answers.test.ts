import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { isCallToolResult, McpServer } from '@modelcontextprotocol/server';
import {
  errorMetaKey,
  type FailedCall,
  hardened,
  idempotencyMetaKey,
  type Principal,
  type Reply,
  reply,
} from '@sallyport/core';
import { assertToolResult, authInfoOf } from '@sallyport/core/adapter';
import { type Host, serve } from '@sallyport/http';
import { harden } from '@sallyport/mcp-server';
import { observe } from '@sallyport/observe';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clientNames, clients } from './support/clients.js';
import { generations } from './support/generations.js';

// Answers that are none to the protocol. For a tool's both SDKs tell the caller that its params are invalid (−32602), and for those
// of resources and prompts they do not look at all.

const principal: Principal = {
  issuer: 'test',
  subject: 'agent-1',
  tenant: 'acme',
  scopes: ['mcp:tools:read', 'mcp:tools:write', 'mcp:resources:read'],
};
const png = { type: 'image', mimeType: 'image/png' };
const bad: Readonly<Record<string, unknown>> = {
  content: { content: 'nope' },
  block: { content: [{ type: 'smell' }] },
  text: { content: [{ type: 'text', text: 5 }] },
  base64: { content: [{ ...png, data: '*' }] },
  meta: { content: [], _meta: 5 },
  is_error: { content: [], isError: 'yes' },
};
const fine: Readonly<Record<string, Reply>> = {
  image: { content: [{ ...png, data: 'aGk=' }] },
  list: { content: [], structuredContent: [1, 2] },
  error: { content: [{ type: 'text', text: 'no such order' }], isError: true },
};

const failed: FailedCall[] = [];
const lines: Record<string, unknown>[] = [];
let written = 0;
let hosts: Host[] = [];

beforeEach(() => {
  failed.length = 0;
  lines.length = 0;
  written = 0;
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  hosts = [];
});

const stackOf = () => hardened({ report: (call) => failed.push(call) });

function toolsOn(stack: ReturnType<typeof stackOf>) {
  const answering = (name: string, said: unknown) =>
    stack.tool({
      name,
      description: 'Answers.',
      access: 'read',
      input: z.object({}),
      handler: () => reply({ ...(said as Reply) }),
    });
  const pay = stack.tool({
    name: 'pay',
    description: 'Pays.',
    access: 'write',
    effects: 'phased',
    input: z.object({}),
    handler: () => {
      written++;
      return reply({ content: 'paid' } as never);
    },
  });
  return [...Object.entries({ ...bad, ...fine }).map(([name, said]) => answering(name, said)), pay];
}

const errorIn = (answer: { readonly _meta?: Readonly<Record<string, unknown>> | undefined }) =>
  answer._meta?.[errorMetaKey] as { readonly code: string; readonly errorId: string } | undefined;

describe.each(generations)('$name', (sdk) => {
  it.each(Object.keys(bad))('a reply of a tool with a bad %s is INTERNAL, and is reported', async (name) => {
    const make = () => {
      const server = sdk.server();
      sdk.register(server, toolsOn(stackOf()));
      return server;
    };
    const client = await sdk.connect(make, { authInfo: authInfoOf(principal) });
    const answer = await client.callTool({ name, arguments: {} });
    await client.close();
    expect(answer.isError).toBe(true);
    expect(errorIn(answer)).toMatchObject({ code: 'INTERNAL', errorId: failed[0]?.errorId });
    expect(failed).toHaveLength(1);
  });

  it.each(Object.keys(bad))(
    "an answer of a wrapped server's tool with a bad %s is INTERNAL, and is reported",
    async (name) => {
      const make = () => {
        const server = sdk.harden(sdk.server(), stackOf());
        server.registerTool(name, { annotations: { readOnlyHint: true } }, () => bad[name]);
        return server;
      };
      const client = await sdk.connect(make, { authInfo: authInfoOf(principal) });
      const answer = await client.callTool({ name, arguments: {} });
      await client.close();
      expect(errorIn(answer)).toMatchObject({ code: 'INTERNAL', errorId: failed[0]?.errorId });
    },
  );

  it('a reply that is one to the protocol passes', async () => {
    const make = () => {
      const server = sdk.server();
      sdk.register(server, toolsOn(stackOf()));
      return server;
    };
    const client = await sdk.connect(make, { authInfo: authInfoOf(principal) });
    expect(await client.callTool({ name: 'image', arguments: {} })).toMatchObject(fine.image as Reply);
    expect(await client.callTool({ name: 'error', arguments: {} })).toMatchObject(fine.error as Reply);
    const { structuredContent } = await client.callTool({ name: 'list', arguments: {} });
    // Before 2026-07-28 there was no structured content but objects.
    expect(structuredContent).toEqual(sdk.era === '2025' ? { result: [1, 2] } : [1, 2]);
    await client.close();
    expect(failed).toEqual([]);
  });

  it.each<[method: string, params: Record<string, unknown>, answer: unknown]>([
    ['resources/read', { uri: 'x://r' }, { contents: [{ uri: 5 }] }],
    ['resources/read', { uri: 'x://r' }, {}],
    ['resources/read', { uri: 'x://t/1' }, { contents: [{ uri: 'x://t/1', blob: '*' }] }],
    ['prompts/get', { name: 'p' }, {}],
    ['prompts/get', { name: 'p' }, { messages: [{ role: 'user', content: 'x' }] }],
  ])('%s of %j that answers %j is INTERNAL, with code and errorId, and is reported', async (method, params, answer) => {
    const make = () => {
      const server = sdk.harden(sdk.server(), stackOf());
      server.registerResource('r', 'x://r', {}, () => answer);
      server.registerResource('t', sdk.template('x://t/{id}', { list: undefined }), {}, () => answer);
      server.registerPrompt('p', {}, () => answer);
      return server;
    };
    const client = await sdk.connect(make, { authInfo: authInfoOf(principal) });
    const error: unknown = await client.raw(method, params).catch((thrown: unknown) => thrown);
    await client.close();
    expect(error).toMatchObject({ data: { code: 'INTERNAL', errorId: failed[0]?.errorId } });
    expect(failed).toHaveLength(1);
  });
});

describe('over a socket', () => {
  const observed = () =>
    hardened({ observe: observe({ log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }) }) });
  const address = async (content: Parameters<typeof serve>[0]) => {
    const host = await serve(content, {
      serverInfo: { name: 'x', version: '1' },
      auth: { authenticate: async () => principal },
      resource: { authorizationServers: ['https://issuer.example'] },
      port: 0,
      log: () => {},
      drain: { lingerMs: 0 },
    });
    hosts.push(host);
    return { url: host.url, token: 'any' };
  };

  it.each(clientNames)(
    '%s: a bad reply is INTERNAL, in the log under its id, and no success of a write',
    async (name) => {
      const client = await clients[name](await address(toolsOn(observed())));
      for (const tool of Object.keys(bad)) {
        const answer = await client.call(tool);
        expect(answer.isError).toBe(true);
        expect(errorIn(answer)?.code).toBe('INTERNAL');
        expect(lines.at(-1)).toMatchObject({
          tool_name: tool,
          level: 50,
          status: 'error',
          error_code: 'INTERNAL',
          error_id: errorIn(answer)?.errorId,
          cause: { name: 'ZodError' },
        });
      }
      for (let again = 0; again < 2; again += 1) {
        const paid = await client.call('pay', {}, { [idempotencyMetaKey]: 'one' });
        expect(errorIn(paid)?.code).toBe('OUTCOME_UNKNOWN');
      }
      expect(written).toBe(1);
      await client.close();
    },
  );

  const generation = {
    '1.x': async ({ url, token }: { url: string; token: string }) => {
      const client = new Client1({ name: 'x', version: '1' });
      const headers = { Authorization: `Bearer ${token}` };
      await client.connect(new Http1(new URL(url), { requestInit: { headers } }) as never);
      return client;
    },
    '2.x': async ({ url, token }: { url: string; token: string }) => {
      const client = new Client2({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
      const headers = { Authorization: `Bearer ${token}` };
      await client.connect(new Http2(new URL(url), { requestInit: { headers } }));
      return client;
    },
  };
  it.each(['1.x', '2.x'] as const)(
    '%s client: a bad resource and a bad prompt are INTERNAL, in the log under their ids',
    async (sdk) => {
      const make = () => {
        const server = harden(new McpServer({ name: 'x', version: '1' }), observed());
        server.registerResource('r', 'x://r', {}, () => ({ contents: [{ uri: 5 }] }) as never);
        server.registerPrompt('p', {}, () => ({}) as never);
        return server;
      };
      const client = await generation[sdk](await address(make));
      for (const [method, asked] of [
        ['resources/read', () => client.readResource({ uri: 'x://r' })],
        ['prompts/get', () => client.getPrompt({ name: 'p' })],
      ] as const) {
        const error = await asked().catch((thrown: unknown) => thrown);
        const { error_id } = lines.at(-1) ?? {};
        expect(lines.at(-1)).toMatchObject({ tool_name: method, error_code: 'INTERNAL', cause: { name: 'ZodError' } });
        expect(error).toMatchObject({ code: -32603, data: { code: 'INTERNAL', errorId: error_id } });
      }
      await client.close();
    },
  );
});

describe('what is an answer to the protocol is what the SDKs take for one', () => {
  const hints = { audience: ['user'], priority: 0.5, lastModified: '2026-01-01T00:00:00+02:00' };
  const icon = { src: 'a:i', mimeType: 'image/png', sizes: ['any'], theme: 'dark' };
  const link = { uri: 'a:b', name: 'b', title: 'B', description: 'x', mimeType: 'a/b', size: 1, icons: [icon] };
  const blocks = [
    { type: 'text', text: 'x', annotations: hints, _meta: { a: 1 } },
    { ...png, data: 'aGk=', annotations: hints, _meta: { a: 1 } },
    { ...png, type: 'audio', data: 'aGk=' },
    { type: 'resource_link', ...link, annotations: hints, _meta: { a: 1 } },
    { type: 'resource', resource: { uri: 'a:b', text: 'x', mimeType: 'a/b', _meta: { a: 1 } }, annotations: hints },
    { type: 'resource', resource: { uri: 'a:b', blob: 'aGk=' } },
  ];
  const odd = [undefined, null, 0, -1, 2, 1.5, '', 'x', '*', 'user', true, [], ['x'], {}, { a: 1 }, new Date(0)];

  /** The value with each of its parts, in turn, replaced by each of the odd values or left out. */
  function* variants(value: unknown): Generator<unknown> {
    yield* odd;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      const { [key]: _, ...rest } = value as Record<string, unknown>;
      if (!Array.isArray(value)) yield rest;
      for (const other of variants(part))
        yield Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other };
    }
  }
  const takes = (result: unknown) => {
    try {
      assertToolResult(result as Reply);
      return true;
    } catch {
      return false;
    }
  };

  it.each([
    ...blocks.map((block) => ({ content: [block] })),
    {
      content: [],
      isError: true,
      _meta: { progressToken: 1, 'io.modelcontextprotocol/related-task': { taskId: 't' } },
    },
  ])('%j, and whatever is nearly it', (result) => {
    const disagree = [];
    for (const variant of variants(result)) {
      // An empty or missing answer is completed before it is judged.
      if ((variant as Partial<Reply> | null | undefined)?.content === undefined) continue;
      const ours = takes(variant);
      const isLegacy = CallToolResultSchema.safeParse(variant).success;
      // 2026-07-28 gives some names in `_meta` back to whoever wants them.
      if (isLegacy !== ours || (ours && !isCallToolResult(variant))) disagree.push(variant);
    }
    expect(disagree).toEqual([]);
    expect(takes(result)).toBe(true);
  });
});
