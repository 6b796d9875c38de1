import type { Tool } from '@sallyport/core';
import { z } from 'zod';
import type { ToolStack } from './tool-stack.js';

/** A report that takes as long as it is asked to, in the database: to see what a deadline does. */
export function slowReport(stack: ToolStack): Tool {
  return stack.tool({
    name: 'slow_report',
    title: 'Slow report',
    description:
      'Makes the yearly report. It takes the number of seconds given; more than 5 is more than it is allowed.',
    annotations: { openWorldHint: false },
    access: 'read',
    depends: 'reports',
    priority: 'batch',
    logged: ['seconds'],
    timeoutMs: 5_000,
    input: z.strictObject({ seconds: z.number().min(0).max(60) }),
    output: z.object({ seconds: z.number(), invoices: z.number() }),
    handler: async ({ seconds }, { db }) => {
      await db.sql('select pg_sleep($1::float8)', [seconds]);
      const [row] = await db.sql<{ invoices: number }>('select count(*)::int as invoices from invoices');
      return { seconds, invoices: row?.invoices ?? 0 };
    },
  });
}
