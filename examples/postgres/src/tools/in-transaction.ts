import { type HardenedCall, ToolError } from '@sallyport/core';
import type { Database, Sql } from '../db/database.js';
import { scopeOf } from './scope-of.js';

/**
 * Runs the work of one call in one transaction, bound to the call's tenant and time. Commits when `work` returns, rolls back
 * when it throws.
 */
export function inTransaction<T>(
  database: Database,
  call: HardenedCall,
  work: (sql: Sql) => Promise<T>,
  { readOnly = false } = {},
): Promise<T> {
  return database.transaction({ ...scopeOf(call), readOnly }, work);
}

/** The first row, or the error the model can act on. */
export function found<Row>(rows: readonly Row[], what: string): Row {
  const [row] = rows;
  if (row === undefined) throw new ToolError('INVALID_INPUT', `There is no ${what}.`);
  return row;
}
