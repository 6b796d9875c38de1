import type { Tool } from '@sallyport/core';
import { z } from 'zod';
import type { ToolStack } from './tool-stack.js';

/** The tables an agent may ask about. What is not granted to the server's role does not show. */
export function listTables(stack: ToolStack): Tool {
  return stack.tool({
    name: 'list_tables',
    title: 'List tables',
    description: 'Lists the tables that can be queried. Call it once; the answer does not change between calls.',
    annotations: { openWorldHint: false },
    access: 'read',
    depends: 'database',
    input: z.strictObject({}),
    output: z.object({ tables: z.array(z.string()) }),
    handler: async (_input, { db }) => {
      const rows = await db.sql<{ table_name: string }>(
        `select table_name from information_schema.tables
           where table_schema = 'public' and table_type = 'BASE TABLE'
             and has_table_privilege(quote_ident(table_schema) || '.' || quote_ident(table_name), 'select')
           order by table_name`,
      );
      return { tables: rows.map((row) => row.table_name) };
    },
  });
}
