import { acceptedContent, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { type HardenedPolicy, hardened } from '@sallyport/core';
import { type HardenedTools, harden } from '@sallyport/mcp-server';
import { z } from 'zod';
import { deferred } from './deferred.js';

const stack = hardened({
  agentLimits: { perMinute: 10_000, perHour: 100_000, concurrent: 1_000 },
  report: () => {},
  singleTenant: 'acme',
});
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const requestedSchema = {
  type: 'object' as const,
  properties: { name: { type: 'string' as const } },
  required: ['name'],
};
const shared = { ttlMs: 60_000, cacheScope: 'public' } as const;
const cacheHints = { 'tools/list': shared, 'resources/list': shared, 'prompts/list': shared };
const topic = z.object({ topic: z.string() });

/** What ends only when it is let go, whatever becomes of its caller. */
function addSlow(
  server: HardenedTools<HardenedPolicy> & McpServer,
  waiting: Readonly<Record<'begun' | 'release', ReturnType<typeof deferred<void>>>>,
): void {
  server.registerTool('pay', { access: 'write', effects: 'phased' }, async () => {
    waiting.begun.resolve();
    await waiting.release.promise;
    return text('paid');
  });
  server.registerResource('slow', 'test://slow', {}, async () => {
    waiting.begun.resolve();
    await waiting.release.promise;
    return { contents: [] };
  });
  server.server.setRequestHandler('x/slow', { params: z.looseObject({}) }, async () => {
    waiting.begun.resolve();
    await waiting.release.promise;
    return {};
  });
}

/** A hardened server with everything that is not a Sallyport tool, which can wait and ask. */
export function askingServer({ slow = false } = {}) {
  const waiting = { begun: deferred(), aborted: deferred<unknown>(), release: deferred() };
  const factory = () => {
    const server = harden(
      new McpServer(
        { name: 'asking', version: '1' },
        { capabilities: { tools: { listChanged: true }, resources: {}, prompts: {}, logging: {} }, cacheHints },
      ),
      stack,
    );
    server.registerTool('ask', { access: 'read' }, async (ctx) => {
      const { action, content } = await ctx.mcpReq.elicitInput({ mode: 'form', message: 'Name?', requestedSchema });
      return text(`${action} ${String(content?.name)}`);
    });
    server.registerTool('ask_either_way', { access: 'read' }, (ctx) => {
      const given = acceptedContent<{ name?: unknown }>(ctx.mcpReq.inputResponses, 'name')?.name;
      if (typeof given === 'string') return text(`hello ${given}`);
      return inputRequired({ inputRequests: { name: inputRequired.elicit({ message: 'Name?', requestedSchema }) } });
    });
    server.registerTool('sample', { access: 'read' }, async (ctx) => {
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'hi' } }];
      const { content } = await ctx.mcpReq.requestSampling({ messages, maxTokens: 5 });
      return text(JSON.stringify(content));
    });
    server.registerTool('wait', { access: 'read' }, async (ctx) => {
      ctx.mcpReq.signal.addEventListener('abort', () => waiting.aborted.resolve(ctx.mcpReq.signal.reason));
      waiting.begun.resolve();
      await waiting.aborted.promise;
      return text('aborted');
    });
    server.registerTool('backwards', { access: 'read' }, async (ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken ?? 'none';
      for (const progress of [5, 3, 5, 7]) {
        await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress } });
      }
      return text('reported');
    });
    for (let i = 0; i < 5; i++) {
      server.registerResource(`r${i}`, `test://r/${i}`, {}, (uri) => ({ contents: [{ uri: uri.href, text: `${i}` }] }));
      server.registerPrompt(`p${i}`, { argsSchema: topic }, ({ topic: about }) => ({
        messages: [{ role: 'user', content: { type: 'text', text: about } }],
      }));
    }
    if (slow) addSlow(server, waiting);
    return server;
  };
  return { factory, waiting };
}
