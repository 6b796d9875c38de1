import { hardened, type Principal } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { serve } from '@sallyport/http';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generations } from './support/generations.js';

// Params that the protocol's own schemas refuse. Both SDKs answer −32603 to most of them, with the issues of zod as they are.

const principal: Principal = {
  issuer: 'test',
  subject: 'agent-1',
  tenant: 'acme',
  scopes: ['mcp:tools:read', 'mcp:resources:read'],
};
const stack = hardened({ report: () => {} });
const ping = stack.tool({
  name: 'ping',
  description: 'Answers pong.',
  access: 'read',
  input: z.object({}),
  handler: () => 'pong',
});

type Row = readonly [what: string, method: string, params: Record<string, unknown>, names: RegExp];

const ofBothEras: readonly Row[] = [
  ['a cursor that is no text', 'tools/list', { cursor: 5 }, /cursor/],
  ['a cursor that is an object', 'tools/list', { cursor: {} }, /cursor/],
  ['a tool name that is no text', 'tools/call', { name: { a: 1 } }, /name|Unknown tool/],
  ['a cursor of resources that is no text', 'resources/list', { cursor: 5 }, /cursor/],
  ['a uri that is no text', 'resources/read', { uri: 5 }, /uri/],
  ['a reference that is none', 'completion/complete', { ref: 5, argument: { name: 'x', value: '' } }, /ref/],
];
const of2025: readonly Row[] = [
  ['a revision that is no text', 'initialize', { protocolVersion: 5 }, /protocolVersion/],
  [
    'capabilities that are none',
    'initialize',
    { protocolVersion: '2025-11-25', capabilities: 'all', clientInfo: { name: 'x', version: '1' } },
    /capabilities/,
  ],
  ['no params at all', 'initialize', {}, /protocolVersion/],
  ['a log level that there is not', 'logging/setLevel', { level: 'loud' }, /level/],
];

describe.each(generations)('$name', (sdk) => {
  const make = () => {
    const server = sdk.harden(sdk.server({ capabilities: { logging: {}, completions: {} } }), stack);
    server.registerResource('r', 'x://r', {}, async () => ({ contents: [] }));
    const template = sdk.template('x://{id}', { list: undefined, complete: { id: () => ['1'] } });
    server.registerResource('t', template, {}, async () => ({ contents: [] }));
    sdk.register(server, [ping]);
    return server;
  };

  it.each(sdk.era === '2025' ? [...ofBothEras, ...of2025] : ofBothEras)(
    '%s is −32602, and a short text says what is wrong',
    async (_what, method, params, names) => {
      const client = await sdk.connect(make, { authInfo: authInfoOf(principal) });
      const refused = await client.raw(method, params).catch((error: unknown) => error as Error & { code: number });
      await client.close();
      expect(refused).toMatchObject({ code: -32602 });
      const { message } = refused as Error;
      expect(message).toMatch(names);
      expect(message.length).toBeLessThan(400);
      expect(message).not.toMatch(/Zod|[[\]\n]/);
    },
  );
});

describe('over HTTP', () => {
  const send = async (url: string, method: string, params: Record<string, unknown>, modern: boolean) => {
    const key = 'io.modelcontextprotocol/';
    const envelope = { [`${key}protocolVersion`]: '2026-07-28', [`${key}clientCapabilities`]: {} };
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(modern ? { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method } : {}),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: modern ? { ...params, _meta: envelope } : params,
      }),
    });
    const text = await response.text();
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text) as {
      readonly error?: { readonly code: number; readonly message: string };
    };
  };

  it.each(['none', 'memory'] as const)('they are answered alike, sessions: %s', async (sessions) => {
    const host = await serve([ping], {
      serverInfo: { name: 'x', version: '1' },
      anonymous: true,
      port: 0,
      sessions,
      log: () => {},
    });
    try {
      const cursor = 'Invalid params for tools/list: cursor: expected string, received number.';
      const asked: [string, Record<string, unknown>, boolean, string][] = [
        ['tools/list', { cursor: 5 }, true, cursor],
        sessions === 'none'
          ? ['tools/list', { cursor: 5 }, false, cursor]
          : ['initialize', {}, false, 'Invalid params for initialize: protocolVersion, capabilities'],
      ];
      if (sessions === 'none') {
        const text = 'Invalid params for initialize: protocolVersion: expected string, received number';
        asked.push(['initialize', { protocolVersion: 5 }, false, text]);
      }
      for (const [method, params, modern, message] of asked) {
        const { error } = await send(host.url, method, params, modern);
        expect(error).toEqual({ code: -32602, message: expect.stringContaining(message) });
      }
    } finally {
      await host.close();
    }
  });
});
