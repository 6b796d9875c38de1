import { assertOptions, option } from '@sallyport/core/adapter';
import type { Pool } from 'pg';
import { createDatabase } from '../create-database.js';
import type { Database } from '../database.js';
import { DatabaseError } from '../database-error.js';
import type { Driver } from '../driver.js';
import { checkLogin } from '../setup/check-login.js';
import { type Demand, poolShortage } from '../setup/pool-shortage.js';
import { setUpCommand } from '../setup/set-up-command.js';
import { aPool, assertPool } from './assert-pool.js';
import { PostgresPool } from './postgres-pool.js';

/** What can be said about a database on a server. */
export interface PostgresOptions {
  /** The pool of the login that may only read, for the SQL of agents. Absent: `query` is refused. */
  readonly query?: Pool;
  /** How many calls the pool is meant to carry. Absent: its size is not judged. */
  readonly demand?: Demand;
  /** Told at start-up of what is not wrong but unwise. Default: a line on standard error. */
  readonly warn?: (message: string) => void;
  /** Tables of tenants: they must be there, with forced row-level security, whatever their columns. Default none. */
  readonly tables?: readonly string[];
  /** The column that names the tenant. Default `tenant_id`. */
  readonly tenantColumn?: string;
  /**
   * What the start-up check would refuse and you answer for, as its error names it: `currencies`, a table of everybody's;
   * `reports`, a view; `extra ON invoices`, a policy; `tax(bigint)`, a function with its owner's rights. Default none.
   */
  readonly exempt?: readonly string[];
  /** What an operator runs to set the database up, as errors say it. Default `npx sallyport-postgres init --apply`. */
  readonly setUpWith?: string;
}

/**
 * A database on a Postgres server, over the pool of a login that owns nothing. Before it is given out, each login has been
 * checked: one that could step around row-level security, and tables without it, are refused with a `DatabaseError` of kind
 * `unsafe` that names the role or table and the statement that mends it. Refuses a pool without `connectionTimeoutMillis`,
 * because `pg` then waits for ever, and one with `query_timeout`, because `pg` then opens more than `max`. Throws a `TypeError`
 * for what is no pool, and for an option that is unknown or cannot work. The pools are used by nobody else, and are ended by `close`.
 *
 * @example
 * ```ts
 * import { openPostgres } from '@sallyport/postgres';
 * import pg from 'pg';
 *
 * const login = (connectionString: string, max: number) =>
 *   new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000 });
 * const database = await openPostgres(login('postgres://sallyport_app@127.0.0.1/shop', 20), {
 *   query: login('postgres://sallyport_query@127.0.0.1/shop', 3),
 *   demand: { agents: 4 },
 * });
 * await database.close();
 * ```
 */
export async function openPostgres(pool: Pool, options: PostgresOptions = {}): Promise<Database> {
  const problem = aPool(pool);
  if (problem !== undefined) throw new TypeError(`openPostgres: the first argument ${problem}`);
  assertOptions('openPostgres', options, checks);
  const {
    query,
    demand,
    warn = (message) => console.error(message),
    tables = [],
    tenantColumn = 'tenant_id',
    exempt = [],
    setUpWith = setUpCommand,
  } = options;
  for (const each of query === undefined ? [pool] : [pool, query]) assertPool(each);
  const shortage = demand === undefined ? undefined : poolShortage(pool.options.max ?? 10, demand);
  if (shortage !== undefined) warn(shortage);
  const driver = driverOf(
    new PostgresPool(pool),
    query === undefined ? undefined : new PostgresPool(query, { clears: true }),
  );
  const rules = { tables, tenantColumn, exempt, setUpWith };
  try {
    await checkLogin(driver, 'app', rules);
    if (query !== undefined) await checkLogin(driver, 'query', rules);
  } catch (error) {
    await driver.close();
    throw error;
  }
  return createDatabase(driver);
}

const checks = {
  query: aPool,
  demand: option.options('demand', { agents: option.positive('agents'), concurrent: option.positive('calls') }),
  warn: option.is('function'),
  tables: option.texts,
  tenantColumn: option.text,
  exempt: option.texts,
  setUpWith: option.text,
} satisfies Record<keyof PostgresOptions, unknown>;

function driverOf(app: PostgresPool, query: PostgresPool | undefined): Driver {
  return {
    async lease(login, signal, waiting) {
      if (login === 'app') return app.lease(signal, waiting);
      if (query === undefined)
        throw new DatabaseError('unsafe', 'there is no login for the SQL of agents: give `query`');
      return query.lease(signal, waiting);
    },
    measures: () => [...app.measures('app'), ...(query?.measures('query') ?? [])],
    ping: (signal) => app.ping(signal),
    async close() {
      await Promise.all([app.close(), query?.close()]);
    },
  };
}
