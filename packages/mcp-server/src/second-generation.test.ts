import { createMcpHandler, fromJsonSchema, InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { hardened, type Principal, type Tool, type ToolResult } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { errorOf, FakeClock } from '@sallyport/testkit';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { harden, register } from './index.js';

const principal: Principal = {
  issuer: 'static',
  subject: 'me',
  scopes: ['mcp:tools:read', 'mcp:resources:read'],
  tenant: 'acme',
};
const stack = hardened({ report: () => {} });
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const info = { name: 'x', version: '1' };
const era = '2026-07-28';

/** One request to the official HTTP handler, as a client of the 2026-07-28 revision sends it. */
async function ask(
  make: () => McpServer,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; result?: Record<string, unknown>; error?: { code: number; message: string } }> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': era,
    'io.modelcontextprotocol/clientInfo': info,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const response = await createMcpHandler(make).fetch(
    new Request('http://localhost/mcp', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'MCP-Protocol-Version': era,
        'Mcp-Method': method,
        ...(typeof params.name === 'string' ? { 'Mcp-Name': params.name } : {}),
        ...(typeof params.uri === 'string' ? { 'Mcp-Name': params.uri } : {}),
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
    }),
    { authInfo: authInfoOf(principal) },
  );
  return { status: response.status, ...((await response.json()) as object) };
}

it.each<[string, () => McpServer]>([
  [
    'registered',
    () => {
      const server = new McpServer(info);
      const input = z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) });
      register(server, [
        stack.tool({ name: 'by_region', description: 'x', access: 'read', input, handler: ({ region }) => region }),
      ]);
      return server;
    },
  ],
  [
    'hardened',
    () => {
      const server = harden(new McpServer(info), stack);
      const inputSchema = z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) });
      server.registerTool('by_region', { access: 'read', inputSchema }, ({ region }) => text(region));
      return server;
    },
  ],
])('Mcp-Param headers must agree with the arguments of a %s tool', async (_, make) => {
  const params = { name: 'by_region', arguments: { region: 'eu' } };
  expect(await ask(make, 'tools/call', params, { 'Mcp-Param-Region': 'eu' })).toMatchObject({ result: text('eu') });
  expect(await ask(make, 'tools/call', params, { 'Mcp-Param-Region': 'us' })).toMatchObject({ status: 400 });
});

it('an output schema that is not of an object is shown, checked and answered as the SDK does', async () => {
  const setUp = (server: McpServer) => {
    const config = { annotations: { readOnlyHint: true }, outputSchema: z.array(z.number()) };
    server.registerTool('numbers', config, () => ({ content: [], structuredContent: [1, 0] }));
    server.registerTool('zero', { annotations: { readOnlyHint: true }, outputSchema: z.number() }, () => ({
      content: [],
      structuredContent: 0,
    }));
    return server;
  };
  const plain = () => setUp(new McpServer(info));
  const guarded = () => setUp(harden(new McpServer(info), stack));
  expect(await ask(guarded, 'tools/list')).toEqual(await ask(plain, 'tools/list'));
  for (const name of ['numbers', 'zero']) {
    const answer = await ask(guarded, 'tools/call', { name, arguments: {} });
    expect(answer).toEqual(await ask(plain, 'tools/call', { name, arguments: {} }));
    expect(answer.result).toHaveProperty('structuredContent');
  }
  const call = ['tools/call', { name: 'numbers', arguments: {} }] as const;
  const old = await (await legacy(guarded()))(...call);
  expect(old).toEqual(await (await legacy(plain()))(...call));
  expect(old).toMatchObject({ structuredContent: { result: [1, 0] } });
});

it('schemas of another library parse and are listed', async () => {
  const make = () => {
    const server = harden(new McpServer(info), stack);
    const inputSchema = fromJsonSchema<{ n: number }>({ type: 'object', properties: { n: { type: 'number' } } });
    server.registerTool('json', { access: 'read', inputSchema }, ({ n }) => text(`${n}`));
    return server;
  };
  expect(await ask(make, 'tools/list')).toMatchObject({
    result: { tools: [{ inputSchema: { properties: { n: { type: 'number' } } } }] },
  });
  expect(await ask(make, 'tools/call', { name: 'json', arguments: { n: 1 } })).toMatchObject({ result: text('1') });
  expect(await ask(make, 'tools/call', { name: 'json', arguments: { n: 'x' } })).toMatchObject({
    result: { isError: true },
  });
});

it('icons, cache hints and scope challenges of the SDK stay', async () => {
  const icons = [{ src: 'https://example.com/i.png' }];
  const make = () => {
    const server = harden(new McpServer(info), stack);
    server.registerTool('a', { access: 'read', icons, scopeChallenge: () => ({ scopes: ['more'] }) }, () => text('a'));
    server.registerResource('r', 'x://r', { cacheHint: { ttlMs: 5_000 } }, (uri) => ({
      contents: [{ uri: uri.href, text: 'r' }],
    }));
    return server;
  };
  expect(await ask(make, 'tools/list')).toMatchObject({ result: { tools: [{ name: 'a', icons }] } });
  expect(await ask(make, 'resources/read', { uri: 'x://r' })).toMatchObject({ result: { ttlMs: 5_000 } });
  expect(await ask(make, 'tools/call', { name: 'a', arguments: {} })).toMatchObject({ status: 403 });
});

it('a schema that cannot be listed is refused at registration, not at every tools/list', () => {
  const server = harden(new McpServer(info), stack);
  expect(() => server.registerTool('date', { inputSchema: z.object({ d: z.date() }) }, () => text('x'))).toThrow(
    /"date": inputSchema cannot be shown/,
  );
  expect(() => server.registerTool('date', { outputSchema: z.object({ d: z.date() }) }, () => text('x'))).toThrow(
    /"date": outputSchema cannot be shown/,
  );
});

it('tools that are put into the SDK past registerTool are neither listed nor called', async () => {
  const make = () => {
    const server = harden(new McpServer(info), stack);
    server.registerTool('a', { access: 'read' }, () => text('a'));
    McpServer.prototype.registerTool.call(server, 'past', {}, () => text('unguarded'));
    return server;
  };
  expect(await ask(make, 'tools/list')).toMatchObject({ result: { tools: [{ name: 'a' }] } });
  expect(await ask(make, 'tools/call', { name: 'past', arguments: {} })).toMatchObject({ error: { code: -32602 } });
});

it('tells connected clients when tools are added', async () => {
  const tool = (name: string): Tool =>
    stack.tool({ name, description: name, access: 'read', input: z.object({}), handler: () => name });
  const server = new McpServer(info);
  register(server, [tool('a')]);
  const request = await legacy(server);
  register(server, [tool('b')]);
  expect(await request('tools/list')).toMatchObject({ tools: [{ name: 'a' }, { name: 'b' }] });
  await vi.waitFor(() => expect(request.notified).toContain('notifications/tools/list_changed'));
});

/** A connection in the 2025 era, by hand. */
async function legacy(server: McpServer) {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const waiting = new Map<unknown, (answer: unknown) => void>();
  const notified: string[] = [];
  here.onmessage = (message) => {
    if ('method' in message) notified.push(message.method);
    else waiting.get(message.id)?.('result' in message ? message.result : message.error);
  };
  await server.connect(there);
  await here.start();
  let id = 0;
  const request = (method: string, params: Record<string, unknown> = {}) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(++id, resolve);
      here.send({ jsonrpc: '2.0', id, method, params }, { authInfo: authInfoOf(principal) }).catch(reject);
    });
  await request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: info });
  return Object.assign(request, { notified });
}

it('an asynchronous schema of a hardened tool has the time of the tool, and no more', async () => {
  const clock = new FakeClock();
  const check = vi.fn(() => new Promise<boolean>(() => {}));
  const make = () => {
    const server = harden(new McpServer(info), hardened({ clock, report: () => {}, timeoutMs: 500 }));
    const inputSchema = z.object({ a: z.string().refine(check) });
    server.registerTool('hangs', { access: 'read', inputSchema }, () => text('done'));
    return server;
  };
  const asked = ask(make, 'tools/call', { name: 'hangs', arguments: { a: 'x' } });
  await vi.waitFor(() => expect(check).toHaveBeenCalled());
  await clock.advance(500);
  const { result } = await asked;
  expect(errorOf(result as ToolResult)?.code).toBe('TOOL_TIMEOUT');
});
