import { type Tool, ToolError } from '@sallyport/core';
import { z } from 'zod';
import type { ToolStack } from './tool-stack.js';

/** The columns of one table. */
export function describeTable(stack: ToolStack): Tool {
  return stack.tool({
    name: 'describe_table',
    title: 'Describe a table',
    description: 'Names the columns of one table and their types. Use a name from list_tables.',
    annotations: { openWorldHint: false },
    access: 'read',
    depends: 'database',
    input: z.strictObject({ table: z.string().min(1).max(63) }),
    output: z.object({
      table: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
    }),
    handler: async ({ table }, { db }) => {
      const rows = await db.sql<{ column_name: string; data_type: string; is_nullable: string }>(
        `select column_name, data_type, is_nullable from information_schema.columns
           where table_schema = 'public' and table_name = $1 order by ordinal_position`,
        [table],
      );
      if (rows.length === 0)
        throw new ToolError('INVALID_INPUT', 'There is no such table. Call list_tables for the names.');
      return {
        table,
        columns: rows.map((row) => ({
          name: row.column_name,
          type: row.data_type,
          nullable: row.is_nullable === 'YES',
        })),
      };
    },
  });
}
