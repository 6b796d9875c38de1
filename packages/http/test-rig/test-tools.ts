import { hardened, type Principal, type Tool, ToolError } from '@sallyport/core';
import { z } from 'zod';
import { deferred } from './deferred.js';

/** Tools whose handlers tell a test where they are. */
export function testTools() {
  const runs: string[] = [];
  const principals: Principal[] = [];
  let waits = 0;
  const waiting = { begun: deferred(), aborted: deferred<unknown>(), release: deferred(), count: () => waits };
  const stack = hardened({ agentLimits: { perMinute: 10_000, perHour: 100_000, concurrent: 1_000 }, report: () => {} });
  const none = z.object({});
  const tools: Tool[] = [
    stack.tool({
      name: 'echo',
      description: 'Says it again.',
      access: 'read',
      input: z.object({ text: z.string().max(2_000_000) }),
      output: z.object({ text: z.string() }),
      handler: ({ text }) => {
        runs.push('echo');
        return { text };
      },
    }),
    stack.tool({
      name: 'write_note',
      description: 'Writes.',
      access: 'write',
      effects: 'natural',
      input: z.object({ text: z.string() }),
      handler: () => {
        runs.push('write_note');
        return 'written';
      },
    }),
    stack.tool({
      name: 'refund',
      description: 'Needs two scopes of its own.',
      access: 'sensitive',
      scopes: ['billing:refund', 'billing:read'],
      effects: 'natural',
      input: none,
      handler: () => 'refunded',
    }),
    stack.tool({
      name: 'whoami',
      description: 'Says who calls.',
      access: 'read',
      input: none,
      handler: (_, { principal, tenant, sdk }) => {
        principals.push(principal);
        return JSON.stringify({ subject: principal.subject, tenant, sdk: show(sdk) });
      },
    }),
    stack.tool({
      name: 'fail',
      description: 'Throws.',
      access: 'read',
      input: none,
      handler: () => {
        throw new Error('password=hunter2 at /srv/app/db.ts');
      },
    }),
    stack.tool({
      name: 'limited',
      description: 'Always refused.',
      access: 'read',
      input: none,
      handler: () => {
        throw new ToolError('RATE_LIMITED', '3 calls per minute reached.', { retryAfterMs: 4_200 });
      },
    }),
    stack.tool({
      name: 'steps',
      description: 'Reports progress twice.',
      access: 'read',
      input: none,
      handler: (_, { client }) => {
        client.progress(1, 2);
        client.log('info', 'half way');
        client.progress(2, 2);
        return 'done';
      },
    }),
    stack.tool({
      name: 'wait',
      description: 'Waits until the test lets go or the call is aborted.',
      access: 'read',
      input: none,
      handler: async (_, { signal, client }) => {
        client.progress(1, 2);
        signal.addEventListener('abort', () => waiting.aborted.resolve(signal.reason));
        waits++;
        waiting.begun.resolve();
        await Promise.race([waiting.release.promise, waiting.aborted.promise]);
        runs.push(signal.aborted ? 'wait aborted' : 'wait finished');
        return 'waited';
      },
    }),
  ];
  return { tools, runs, waiting, principals };
}

/** Everything an SDK context shows a handler, as far as JSON and headers go. */
function show(sdk: unknown): string {
  const { http } = (sdk ?? {}) as { http?: { req?: Request; authInfo?: unknown } };
  return JSON.stringify([http?.authInfo, http?.req?.url, ...(http?.req?.headers ?? [])]);
}
