import { McpServer, type RegisteredTool, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { authorize, createStack, deadline, hardened } from '@sallyport/core';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { harden, register } from './index.js';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
const official = new McpServer({ name: 'x', version: '1' });
const server = harden(official, hardened());
const text = { content: [{ type: 'text' as const, text: 'x' }] };

/** Code that was written for the SDK. */
function existing(mcp: McpServer) {
  mcp.registerTool('a', { description: 'x' }, (extra) => {
    expectTypeOf(extra).toEqualTypeOf<Extra>();
    return text;
  });
}

test('code written for the SDK compiles unchanged on a hardened server', () => {
  existing(server);
  expectTypeOf(server).toExtend<McpServer>();
  const a = server.registerTool('a', { description: 'x', annotations: { readOnlyHint: true } }, (extra) => {
    expectTypeOf(extra).toEqualTypeOf<Extra>();
    return text;
  });
  expectTypeOf(a).toEqualTypeOf<RegisteredTool>();
  server.registerTool(
    'b',
    {
      title: 'B',
      inputSchema: { n: z.number(), s: z.string().optional() },
      outputSchema: { ok: z.boolean() },
      _meta: { m: 1 },
    },
    async ({ n, s }, extra) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(s).toEqualTypeOf<string | undefined>();
      expectTypeOf(extra).toEqualTypeOf<Extra>();
      return { ...text, structuredContent: { ok: true } };
    },
  );
  server.registerTool('c', { inputSchema: z.object({ n: z.number() }) }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
  server.registerTool('d', { inputSchema: { n: z3.number() }, outputSchema: { n: z3.number() } }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
  server.registerTool('e', { inputSchema: z3.object({ n: z3.number() }) }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
  // @ts-expect-error no such argument, as in the SDK
  server.registerTool('f', { inputSchema: { n: z.number() } }, ({ m }) => ({ ...text, m }));
});

test('the deprecated forms compile unchanged', () => {
  server.tool('a', () => text);
  server.tool('b', 'says b', () => text);
  server.tool('c', { n: z.number() }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
  server.tool('d', 'says d', { n: z.number() }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
  server.tool('e', { n: z.number() }, { readOnlyHint: true }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
  server.tool('f', 'says f', { n: z.number() }, { readOnlyHint: true }, async ({ n }, extra) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    expectTypeOf(extra).toEqualTypeOf<Extra>();
    return text;
  });
  server.resource('r', 'x://r', (uri) => ({ contents: [{ uri: uri.href, text: '' }] }));
  server.resource('t', new ResourceTemplate('x://{id}', { list: undefined }), (uri, { id }) => ({
    contents: [{ uri: uri.href, text: String(id) }],
  }));
  server.prompt('p', { who: z.string() }, ({ who }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: who } }],
  }));
});

test('policy fields of the stack are accepted, and the argument types still flow', () => {
  server.registerTool('a', { access: 'read', timeoutMs: 5, limits: { perMinute: 3 } }, () => text);
  server.registerTool(
    'b',
    { inputSchema: { n: z.number() }, access: 'write', effects: 'natural', scopes: ['x'] },
    ({ n }, extra) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(extra).toEqualTypeOf<Extra>();
      return text;
    },
  );
  server.registerTool(
    'c',
    { inputSchema: z.object({ n: z.number() }), access: 'sensitive', effects: 'phased' },
    ({ n }) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      return text;
    },
  );
});

test('policy fields are checked', () => {
  // @ts-expect-error no such access class
  server.registerTool('a', { access: 'everything' }, () => text);
  // @ts-expect-error reads have no effects
  server.registerTool('b', { access: 'read', effects: 'natural' }, () => text);
  // @ts-expect-error no such field
  server.registerTool('c', { access: 'read', limit: { perMinute: 3 } }, () => text);
  server.registerTool(
    'd',
    // @ts-expect-error a sensitive tool has no fallback
    { access: 'sensitive', effects: 'natural', idempotencyKey: { fallbackMs: 60_000 } },
    () => text,
  );
  const small = harden(new McpServer({ name: 'x', version: '1' }), createStack().use(authorize()).use(deadline()));
  small.registerTool('a', { access: 'read', timeoutMs: 5 }, () => text);
  // @ts-expect-error no admit layer in this stack
  small.registerTool('b', { access: 'read', limits: { perMinute: 3 } }, () => text);
});

test('both server classes take tools', () => {
  register(official, []);
  register(official.server, [], { principal: { issuer: 'static', subject: 'me', scopes: [] } });
});
