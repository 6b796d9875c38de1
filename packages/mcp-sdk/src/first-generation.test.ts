import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  LoggingMessageNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { errorMetaKey, hardened, type Principal, type Tool } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { harden, register, toolsOf } from './index.js';

const principal: Principal = {
  issuer: 'static',
  subject: 'me',
  scopes: ['mcp:tools:write', 'mcp:resources:read'],
  tenant: 'acme',
};
const stack = hardened({ report: () => {} });
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const info = { name: 'x', version: '1' };

async function connect(server: McpServer): Promise<Client> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client(info);
  await server.connect(there);
  await client.connect(here);
  return client;
}

const said = async (client: Client, name: string, args: object = {}) =>
  (await client.callTool({ name, arguments: { ...args } })) as {
    content: { text: string }[];
    structuredContent?: unknown;
    _meta?: Record<string, { code: string }>;
  };

it('the deprecated forms of tool() are hardened, every one', async () => {
  const server = harden(new McpServer(info), stack, { principal });
  const n = { n: z.number() };
  const read = { readOnlyHint: true };
  server.tool('a', () => text('a'));
  server.tool('b', 'says b', () => text('b'));
  server.tool('c', n, ({ n }) => text(`c${n}`));
  server.tool('d', 'says d', n, ({ n }) => text(`d${n}`));
  server.tool('e', read, () => text('e'));
  server.tool('f', 'says f', read, () => text('f'));
  server.tool('g', n, read, ({ n }) => text(`g${n}`));
  server.tool('h', 'says h', n, read, ({ n }) => text(`h${n}`));
  const access = toolsOf(server).map(({ facts }) => [
    facts.name,
    (facts.policy.authorize as { access: string }).access,
    facts.description,
  ]);
  expect(access).toEqual([
    ['a', 'write', undefined],
    ['b', 'write', 'says b'],
    ['c', 'write', undefined],
    ['d', 'write', 'says d'],
    ['e', 'read', undefined],
    ['f', 'read', 'says f'],
    ['g', 'read', undefined],
    ['h', 'read', 'says h'],
  ]);
  const client = await connect(server);
  for (const name of ['a', 'b', 'e', 'f']) expect((await said(client, name)).content[0]?.text).toBe(name);
  for (const name of ['c', 'd', 'g', 'h']) {
    expect((await said(client, name, { n: 1 })).content[0]?.text).toBe(`${name}1`);
    expect((await said(client, name, { n: 'x' })).content[0]?.text).toMatch(/INVALID_INPUT: .*\bn: /);
  }
});

it('the deprecated forms of resource() and prompt() are hardened', async () => {
  const make = (as: Principal) => {
    const server = harden(new McpServer(info), stack, { principal: as });
    server.resource('r', 'x://r', (uri) => ({ contents: [{ uri: uri.href, text: 'r' }] }));
    server.prompt('p', { who: z.string() }, ({ who }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: who } }],
    }));
    return connect(server);
  };
  const client = await make(principal);
  expect(await client.readResource({ uri: 'x://r' })).toMatchObject({ contents: [{ text: 'r' }] });
  expect(await client.getPrompt({ name: 'p', arguments: { who: 'Ada' } })).toMatchObject({
    messages: [{ content: { text: 'Ada' } }],
  });
  const other = await make({ ...principal, scopes: ['mcp:tools:read'] });
  await expect(other.readResource({ uri: 'x://r' })).rejects.toMatchObject({ code: 403 });
  await expect(other.getPrompt({ name: 'p', arguments: { who: 'Ada' } })).rejects.toMatchObject({ code: 403 });
});

it('schemas of zod 3 parse, are listed and are checked as before', async () => {
  const register = (server: McpServer) => {
    const config = {
      annotations: { readOnlyHint: true },
      inputSchema: { n: z3.number().describe('Which.'), how: z3.string().default('fast') },
      outputSchema: { n: z3.number() },
    };
    server.registerTool('shape', config, ({ n, how }) => ({ ...text(how), structuredContent: { n } }));
    server.registerTool(
      'object',
      { annotations: { readOnlyHint: true }, inputSchema: z3.object({ n: z3.number() }) },
      ({ n }) => text(`${n}`),
    );
    return server;
  };
  const plain = await connect(register(new McpServer(info)));
  const client = await connect(register(harden(new McpServer(info), stack, { principal })));
  expect(await client.listTools()).toEqual(await plain.listTools());
  expect(await said(client, 'shape', { n: 1 })).toMatchObject({ ...text('fast'), structuredContent: { n: 1 } });
  expect((await said(client, 'object', { n: 'x' })).content[0]?.text).toMatch(/INVALID_INPUT: .*\bn: /);
});

it('schemas that are not of an object parse, and are listed as the SDK lists them', async () => {
  const union = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
  const register = (server: McpServer) => {
    server.registerTool('union', { annotations: { readOnlyHint: true }, inputSchema: union }, (args) =>
      text(JSON.stringify(args)),
    );
    return server;
  };
  const plain = await connect(register(new McpServer(info)));
  const client = await connect(register(harden(new McpServer(info), stack, { principal })));
  expect(await client.listTools()).toEqual(await plain.listTools());
  expect((await said(client, 'union', { b: 'x' })).content[0]?.text).toBe('{"b":"x"}');
  expect((await said(client, 'union', { c: 'x' }))._meta?.[errorMetaKey]?.code).toBe('INVALID_INPUT');
});

it('a schema that cannot be listed is refused at registration, not at every tools/list', () => {
  const server = harden(new McpServer(info), stack);
  expect(() => server.registerTool('date', { inputSchema: { d: z.date() } }, () => text('x'))).toThrow(
    /"date": inputSchema cannot be shown/,
  );
  expect(toolsOf(server)).toEqual([]);
});

it('a tool that runs as a task is refused: its calls would pass no layer', () => {
  const server = harden(new McpServer(info, { capabilities: { tasks: { requests: { tools: { call: {} } } } } }), stack);
  const handler = { createTask: vi.fn(), getTask: vi.fn(), getTaskResult: vi.fn() };
  expect(() => server.experimental.tasks.registerToolTask('job', {}, handler as never)).toThrow(/"job" runs as a task/);
});

it.each<[how: string, add: (server: McpServer) => unknown]>([
  ['registerTool', (server) => server.registerTool('plain', {}, () => text('plain'))],
  ['tool', (server) => server.tool('plain', () => text('plain'))],
  ['registerToolTask', (server) => server.experimental.tasks.registerToolTask('plain', {}, {} as never)],
])('a server with registered tools takes no unguarded one, by %s', async (_, add) => {
  const server = new McpServer(info);
  register(server, []);
  expect(() => add(server)).toThrow(/Call harden/);
  expect((await (await connect(server)).listTools()).tools).toEqual([]);
});

it('a call that asks for a task is −32601, and nothing runs', async () => {
  const server = harden(
    new McpServer(info, { capabilities: { tasks: { requests: { tools: { call: {} } } } } }),
    stack,
    {
      principal,
    },
  );
  const handler = vi.fn(() => text('ran'));
  server.registerTool('a', { access: 'read' }, handler);
  const client = await connect(server);
  const call = client.request(
    { method: 'tools/call', params: { name: 'a', arguments: {}, task: { ttl: 1 } } },
    z.any(),
  );
  await expect(call).rejects.toMatchObject({ code: -32601 });
  expect(handler).not.toHaveBeenCalled();
});

it('tools that are put into the SDK past registerTool are neither listed nor called', async () => {
  const server = harden(new McpServer(info), stack, { principal });
  server.registerTool('a', { access: 'read' }, () => text('a'));
  McpServer.prototype.registerTool.call(server, 'past', {}, () => text('unguarded'));
  const client = await connect(server);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a']);
  await expect(client.callTool({ name: 'past' })).rejects.toMatchObject({ code: -32602 });
});

it('tells connected clients when tools are added', async () => {
  const tool = (name: string): Tool =>
    stack.tool({ name, description: name, access: 'read', input: z.object({}), handler: () => name });
  const server = new McpServer(info);
  register(server, [tool('a')]);
  const client = await connect(server);
  const changed = vi.fn();
  client.setNotificationHandler(ToolListChangedNotificationSchema, changed);
  register(server, [tool('b')]);
  await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce());
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a', 'b']);
});

it('over HTTP the principal arrives as it is, and progress and log messages come with their own request', async () => {
  const seen: unknown[] = [];
  const tool = stack.tool({
    name: 'talk',
    description: 'Talks.',
    access: 'read',
    input: z.object({}),
    handler: (_, call) => {
      seen.push(call.principal);
      call.client.progress(1);
      call.client.log('info', 'logged');
      return 'done';
    },
  });
  const server = new McpServer(info, { capabilities: { logging: {} } });
  register(server, [tool]);
  const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => 'session' });
  await server.connect(transport);
  const client = new Client(info);
  const logged = vi.fn();
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => logged(params.data));
  const fetch = (url: string | URL, init?: RequestInit) =>
    // No stream outside of requests: whatever arrives came with its own.
    init?.method === 'GET'
      ? Promise.resolve(new Response(null, { status: 405 }))
      : transport.handleRequest(new Request(url, init), { authInfo: authInfoOf(principal) });
  await client.connect(new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), { fetch }));
  const onprogress = vi.fn();
  await client.callTool({ name: 'talk', arguments: {} }, undefined, { onprogress });
  expect(seen).toEqual([principal]);
  expect(seen[0]).toBe(principal);
  expect(onprogress).toHaveBeenCalledWith({ progress: 1 });
  expect(logged).toHaveBeenCalledWith('logged');
  await client.close();
});
