import type { Tool } from '@sallyport/core';
import { z } from 'zod';
import type { ToolStack } from './tool-stack.js';

const maxRows = 200;
const maxBytes = 64 * 1024;

/**
 * Free-form SQL for agents. What keeps it safe is the role it runs as, not this file: read only, the caller's tenant only,
 * no function that could leave either.
 */
export function runQuery(stack: ToolStack): Tool {
  return stack.tool({
    name: 'run_query',
    title: 'Run a query',
    description: `Runs one SELECT and returns at most ${maxRows} rows. Columns and tables: describe_table. Ten calls a minute.`,
    annotations: { readOnlyHint: true, openWorldHint: false },
    access: 'read',
    limits: { perMinute: 10 },
    timeoutMs: 10_000,
    input: z.strictObject({ sql: z.string().min(1).max(10_000) }),
    output: z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.unknown())),
      truncated: z
        .boolean()
        .describe('Whether there were more rows than were returned; narrow the query or use LIMIT and OFFSET.'),
    }),
    handler: ({ sql }, { db }) => db.query(sql, { maxRows, maxBytes }),
  });
}
