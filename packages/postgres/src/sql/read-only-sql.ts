import type { HardenedCall, HardenedPolicy, Stack, Tool, ToolLimitsOf } from '@sallyport/core';
import { z } from 'zod';
import type { WithDb } from '../tenant-db.js';
import { assertReadOnlySelect, type SqlAllowance } from './assert-read-only-select.js';

/** What can be said about a tool for free-form SQL. */
export interface ReadOnlySqlOptions {
  /** Default `run_query`. */
  readonly name?: string;
  /** For the model. Default: what it does and its limits. */
  readonly description?: string;
  /** Default 200. */
  readonly maxRows?: number;
  /** Of the rows as JSON. Default 64 KiB. */
  readonly maxBytes?: number;
  /** Default 10 a minute for one agent. */
  readonly limits?: ToolLimitsOf;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Functions and schemas of yours that queries may name. */
  readonly allow?: SqlAllowance;
}

/**
 * A tool that runs one SELECT of an agent's own, as the login that may only read, for the caller's tenant, and returns at most
 * so many rows and bytes. A query that is not allowed gets an answer that says what to do instead.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { type Database, tenantDb } from '@sallyport/postgres';
 * import { readOnlySql } from '@sallyport/postgres/read-only-sql';
 *
 * const runQuery = (database: Database) =>
 *   readOnlySql(hardened().use(tenantDb(database)), { maxRows: 100, allow: { functions: ['tax'] } });
 * ```
 */
export function readOnlySql(
  stack: Stack<HardenedCall & WithDb, HardenedPolicy>,
  {
    name = 'run_query',
    maxRows = 200,
    maxBytes = 64 * 1024,
    limits = { perMinute: 10 },
    timeoutMs = 10_000,
    description = `Runs one SELECT and returns at most ${maxRows} rows. Ask for the columns you need, and for totals rather than rows.`,
    allow = {},
  }: ReadOnlySqlOptions = {},
): Tool {
  return stack.tool({
    name,
    title: 'Run a query',
    description,
    annotations: { openWorldHint: false },
    access: 'read',
    limits,
    timeoutMs,
    input: z.strictObject({ sql: z.string().min(1).max(10_000) }),
    output: z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.unknown())),
      truncated: z.boolean().describe('Whether there were more rows than were returned.'),
      hint: z.string().optional().describe('When there were: how to get the rest.'),
    }),
    async handler({ sql }, { db }) {
      await assertReadOnlySelect(sql, allow);
      const result = await db.query(sql, { maxRows, maxBytes });
      return result.truncated ? { ...result, hint: hintFor(result.rows.length) } : result;
    },
  });
}

function hintFor(returned: number): string {
  return (
    `There are more rows. To continue, order the query by a unique column and add LIMIT and OFFSET ${returned}, or better, ` +
    'narrow it with WHERE or ask for totals (count, sum, GROUP BY).'
  );
}
