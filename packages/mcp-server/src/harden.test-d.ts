import { McpServer, type RegisteredTool, ResourceTemplate, type ServerContext } from '@modelcontextprotocol/server';
import { authorize, createStack, deadline, hardened } from '@sallyport/core';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { harden, register } from './index.js';
import type { ShapeOutput } from './raw-shape.js';

const official = new McpServer({ name: 'x', version: '1' });
const server = harden(official, hardened());
const text = { content: [{ type: 'text' as const, text: 'x' }] };

/** Code that was written for the SDK, in every form its types allow. */
function existing(mcp: McpServer) {
  mcp.registerTool('a', { description: 'x' }, (ctx) => {
    expectTypeOf(ctx).toEqualTypeOf<ServerContext>();
    return text;
  });
  mcp.registerTool('b', { inputSchema: z.object({ n: z.number() }) }, async ({ n }, ctx) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    expectTypeOf(ctx).toEqualTypeOf<ServerContext>();
    return text;
  });
}

test('code written for the SDK compiles unchanged on a hardened server', () => {
  existing(server);
  expectTypeOf(server).toExtend<McpServer>();
  const a = server.registerTool('a', { description: 'x', annotations: { readOnlyHint: true } }, (ctx) => {
    expectTypeOf(ctx).toEqualTypeOf<ServerContext>();
    return text;
  });
  expectTypeOf(a).toEqualTypeOf<RegisteredTool>();
  server.registerTool(
    'b',
    {
      title: 'B',
      inputSchema: z.object({ n: z.number(), s: z.string().optional() }),
      outputSchema: z.object({ ok: z.boolean() }),
      _meta: { m: 1 },
      icons: [{ src: 'https://example.com/i.png' }],
    },
    async ({ n, s }, ctx) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(s).toEqualTypeOf<string | undefined>();
      expectTypeOf(ctx).toEqualTypeOf<ServerContext>();
      return { ...text, structuredContent: { ok: true } };
    },
  );
  server.registerTool('c', { inputSchema: { n: z.number(), s: z.string().optional() } }, async ({ n, s }, ctx) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    expectTypeOf(s).toEqualTypeOf<string | undefined>();
    expectTypeOf(ctx).toEqualTypeOf<ServerContext>();
    return text;
  });
  // @ts-expect-error no such argument, as in the SDK
  server.registerTool('d', { inputSchema: z.object({ n: z.number() }) }, ({ m }) => ({ ...text, m }));
  server.registerResource('r', 'x://r', {}, (uri) => ({ contents: [{ uri: uri.href, text: '' }] }));
  server.registerResource('t', new ResourceTemplate('x://{id}', { list: undefined }), {}, (uri, { id }) => ({
    contents: [{ uri: uri.href, text: String(id) }],
  }));
  server.registerPrompt('p', { argsSchema: z.object({ who: z.string() }) }, ({ who }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: who } }],
  }));
});

test('policy fields of the stack are accepted, and the argument types still flow', () => {
  server.registerTool('a', { access: 'read', timeoutMs: 5, limits: { perMinute: 3 } }, () => text);
  server.registerTool(
    'b',
    { inputSchema: z.object({ n: z.number() }), access: 'write', effects: 'natural', scopes: ['x'] },
    ({ n }, ctx) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(ctx).toEqualTypeOf<ServerContext>();
      return text;
    },
  );
  server.registerTool('c', { inputSchema: { n: z.number() }, access: 'sensitive', effects: 'phased' }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return text;
  });
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

test('a raw shape means the same as its object', () => {
  const shape = {
    a: z.string(),
    b: z.number().optional(),
    c: z.string().default('x'),
    d: z.string().transform(Number),
  };
  expectTypeOf<ShapeOutput<typeof shape>>().toEqualTypeOf<z.infer<z.ZodObject<typeof shape>>>();
});

test('both server classes take tools', () => {
  register(official, []);
  register(official.server, [], { principal: { issuer: 'static', subject: 'me', scopes: [] } });
});
