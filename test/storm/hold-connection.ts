import type { Tool } from '@sallyport/core';
import { z } from 'zod';
import type { ToolStack } from '../../examples/postgres/src/tools/tool-stack.js';

/** Keeps a connection of the pool for a while and does nothing: a dependency that is scarce, at no cost to the processor. */
export function holdConnection(stack: ToolStack): Tool {
  return stack.tool({
    name: 'hold_connection',
    description: 'Keeps a connection of the database for the number of seconds given.',
    annotations: { readOnlyHint: true, openWorldHint: false },
    access: 'read',
    timeoutMs: 5_000,
    input: z.strictObject({ seconds: z.number().min(0).max(60) }),
    output: z.object({ seconds: z.number() }),
    handler: async ({ seconds }, { db }) => {
      await db.sql('select pg_sleep($1::float8)', [seconds]);
      return { seconds };
    },
  });
}
