import type { HardenedStack, Tool } from '@sallyport/core';
import { z } from 'zod';
import type { Database } from '../db/database.js';
import { inTransaction } from './in-transaction.js';

/** The tables an agent may ask about. What is not granted to the server's role does not show. */
export function listTables(stack: HardenedStack, database: Database): Tool {
  return stack.tool({
    name: 'list_tables',
    title: 'List tables',
    description: 'Lists the tables that can be queried. Call it once; the answer does not change between calls.',
    annotations: { readOnlyHint: true, openWorldHint: false },
    access: 'read',
    input: z.strictObject({}),
    output: z.object({ tables: z.array(z.string()) }),
    handler: async (_input, call) => {
      const rows = await inTransaction(
        database,
        call,
        (sql) =>
          sql<{ table_name: string }>(
            `select table_name from information_schema.tables
           where table_schema = 'public' and table_type = 'BASE TABLE'
             and has_table_privilege(quote_ident(table_schema) || '.' || quote_ident(table_name), 'select')
           order by table_name`,
          ),
        { readOnly: true },
      );
      return { tables: rows.map((row) => row.table_name) };
    },
  });
}
