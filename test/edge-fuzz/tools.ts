import { hardened, type Limits, type Tool } from '@sallyport/core';
import { z } from 'zod';

const outOfReach: Limits = { perMinute: 1e12, perHour: 1e12, concurrent: 1e6 };

/** Tools behind the default stack. Agents of the plan `default` have the default limits, the others none that they reach. */
export function fuzzTools(): Tool[] {
  const stack = hardened({
    agentLimits: ({ plan }) => (plan === 'default' ? { perMinute: 60, perHour: 1_000, concurrent: 5 } : outOfReach),
    // What is shed depends on how busy the machine is; here every request is to reach what it names.
    shed: { initialLimit: 10_000, minLimit: 10_000, maxLimit: 10_000 },
    report: () => {},
  });
  const none = z.object({});
  return [
    stack.tool({
      name: 'echo',
      description: 'Says it again.',
      access: 'read',
      input: z.object({ text: z.string() }),
      output: z.object({ text: z.string() }),
      handler: ({ text }) => ({ text }),
    }),
    stack.tool({
      name: 'store',
      description: 'Takes anything, and looks at all of it.',
      access: 'write',
      effects: 'natural',
      input: z.object({ note: z.json() }),
      handler: ({ note }) => {
        const merged: Record<string, unknown> = {};
        Object.assign(merged, note);
        return `stored ${Object.keys(merged).length}`;
      },
    }),
    stack.tool({
      name: 'refund',
      description: 'Needs a scope of its own.',
      access: 'sensitive',
      scopes: ['billing:refund'],
      effects: 'natural',
      input: z.object({ order: z.string() }),
      handler: () => 'refunded',
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
      name: 'steps',
      description: 'Reports progress.',
      access: 'read',
      input: z.object({ count: z.number().int().min(0).max(20) }),
      handler: async ({ count }, { client }) => {
        for (let i = 1; i <= count; i++) {
          client.progress(i, count);
          await new Promise(setImmediate);
        }
        return 'done';
      },
    }),
    stack.tool({
      name: 'ask',
      description: 'Rejects later, when nobody may be there any more.',
      access: 'read',
      input: none,
      handler: async () => {
        await new Promise(setImmediate);
        throw new TypeError('hunter2 is not a function');
      },
    }),
  ];
}
