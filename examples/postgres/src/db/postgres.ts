import { assertSafeRole } from './assert-safe-role.js';
import { beginStatement } from './begin-statement.js';
import type { Database, Scope } from './database.js';
import { DatabaseError } from './errors.js';
import { interruptionOf } from './interruption.js';
import type { Lease } from './lease.js';
import { PostgresPool } from './postgres-pool.js';
import { queryUrlOf } from './query-url.js';
import { readOnlyQuery } from './read-only-query.js';
import { runTransaction } from './run-transaction.js';
import type { Session } from './session.js';
import { sqlOn } from './sql-on.js';

export interface PostgresOptions {
  /** Login of `sallyport_app`. */
  readonly url: string;
  /** Login of `sallyport_query`; absent: the same URL with that user. */
  readonly queryUrl?: string | undefined;
  /** Transactions at once. Default 10. */
  readonly maxConnections?: number;
  /** Free-form queries at once. Default 3. */
  readonly maxQueryConnections?: number;
  /** How long a new connection may take. Default 5 s. */
  readonly connectionTimeoutMs?: number;
}

const startUpMs = 15_000;

/**
 * A database on a Postgres server. Before it is given out, both logins have been checked: roles that could step around
 * row-level security, and tables without it, are refused with a `DatabaseError` of kind `unsafe`.
 */
export async function openPostgres({
  url,
  queryUrl = queryUrlOf(url),
  maxConnections = 10,
  maxQueryConnections = 3,
  connectionTimeoutMs = 5_000,
}: PostgresOptions): Promise<Database> {
  const app = new PostgresPool({ url, max: maxConnections, connectionTimeoutMs });
  const query = new PostgresPool({ url: queryUrl, max: maxQueryConnections, connectionTimeoutMs });
  const close = async (): Promise<void> => {
    await Promise.all([app.close(), query.close()]);
  };
  try {
    await check(app, (session) => assertSafeRole(session));
    await check(query, (session) => assertSafeRole(session, { readsOnly: true }));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    transaction: (scope, work) =>
      within(app, scope, (lease, signal) =>
        runTransaction(
          lease,
          signal,
          () => beginStatement(scope),
          (session) => work(sqlOn(session)),
        ),
      ),
    query: (scope, text, limits) =>
      within(query, scope, (lease, signal) =>
        runTransaction(
          lease,
          signal,
          () => beginStatement({ ...scope, readOnly: true }),
          (session) => readOnlyQuery(session, text, limits),
          'rollback',
        ),
      ),
    ping: (signal) => app.ping(signal),
    close,
  };
}

async function within<T>(
  pool: PostgresPool,
  scope: Scope,
  run: (lease: Lease, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, dispose } = interruptionOf(scope);
  try {
    return await run(await pool.lease(signal), signal);
  } finally {
    dispose();
  }
}

/** Runs a start-up check; a server that cannot be reached or refuses the login is an answer to the operator as well. */
async function check(pool: PostgresPool, work: (session: Session) => Promise<void>): Promise<void> {
  const scope = { signal: new AbortController().signal, remainingMs: () => startUpMs };
  try {
    await within(pool, { ...scope, tenant: 'none' }, (lease, signal) =>
      runTransaction(lease, signal, () => 'BEGIN READ ONLY', work, 'rollback'),
    );
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'unavailable') throw error;
    throw new DatabaseError('unavailable', `${error.message}. Has "npx pnpm@12 migrate" been run for this database?`, {
      cause: error,
    });
  }
}
