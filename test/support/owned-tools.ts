import { hardened } from '@sallyport/core';
import { z } from 'zod';

// A module of a server for the command line: tools of several owners, and limits by plan.

const perMinute: Readonly<Record<string, number>> = { free: 10, pro: 600 };

const stack = hardened({
  agentLimits: ({ plan = 'free' }) => {
    const limit = perMinute[plan];
    if (limit === undefined) throw new RangeError(`there is no plan ${plan}`);
    return { perMinute: limit, concurrent: 5 };
  },
  tenantLimits: { perHour: 9_000, budget: { perMonth: 2_000_000 } },
  dependencies: { warehouse: {} },
  redact: (text) => text,
});

const common = { description: 'For tests.', input: z.object({}), handler: () => 'done' } as const;

/** The tools. */
export const tools = [
  stack.tool({ ...common, name: 'stock', access: 'read', depends: 'warehouse', owner: 'data team' }),
  stack.tool({
    ...common,
    name: 'order.place',
    access: 'write',
    effects: 'phased',
    idempotencyKey: 'required',
    owner: 'shop | {{ $labels.x }}\n"team"',
    timeoutMs: 5_000,
    limits: { perMinute: 5, cost: 2 },
    limitsPerTenant: { concurrent: 20 },
  }),
  stack.tool({ ...common, name: 'version', access: 'read', priority: 'batch', maxOutputBytes: 1_000 }),
];
