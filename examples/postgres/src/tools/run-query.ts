import type { Tool } from '@sallyport/core';
import { readOnlySql } from '@sallyport/postgres/read-only-sql';
import type { ToolStack } from './tool-stack.js';

const maxRows = 200;

/**
 * Free-form SQL for agents. What keeps it safe is the login it runs as, not this file: read only, the caller's tenant only, no
 * function that could leave either.
 */
export function runQuery(stack: ToolStack): Tool {
  return readOnlySql(stack, {
    maxRows,
    description: `Runs one SELECT and returns at most ${maxRows} rows. Columns and tables: describe_table. Ten calls a minute.`,
  });
}
