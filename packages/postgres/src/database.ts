import type { Measure } from '@sallyport/core';
import type { Waiting } from './permits.js';
import type { Scope } from './scope.js';
import type { RawResult } from './session.js';
import type { Transaction } from './transaction.js';

/**
 * Runs one statement with `$1`-style parameters and returns its rows. Values are plain JSON on every database: integers are
 * numbers (strings beyond 2^53), numeric is a string, times are ISO 8601 strings, json is parsed, bytea and whatever else is
 * Postgres's own text. Statements that begin or end a transaction are refused. Throws a `DatabaseError`.
 */
export type Sql = <Row = Readonly<Record<string, unknown>>>(
  text: string,
  params?: readonly unknown[],
) => Promise<Row[]>;

/** How much of a free-form query's result is let through. */
export interface QueryLimits {
  readonly maxRows: number;
  /** Of the rows as JSON. */
  readonly maxBytes: number;
}

/** The result of a free-form query. */
export interface QueryResult {
  readonly columns: string[];
  /** One array per row, in the order of `columns`; values as {@link Sql} gives them. */
  readonly rows: unknown[][];
  /** Whether there was more than the limits let through. */
  readonly truncated: boolean;
}

/**
 * A database that can only be reached on behalf of a tenant. Nobody sees a connection; nothing waits past its deadline.
 *
 * A promise settles when the database is done with the work, not before: on Postgres at once, because an abort cancels the
 * statement; on the embedded database, which cannot be interrupted, when the statement has ended. Whoever must answer
 * earlier races it with the signal, and keeps the call's slot until this settles.
 */
export interface Database {
  /** Opens a transaction bound to the scope; whoever opens it ends it. For layers. */
  open(scope: Scope): Promise<Transaction>;
  /** Runs `work` in one transaction bound to the scope. Commits when it returns; rolls back when it throws or is aborted. */
  transaction<T>(scope: Scope, work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * Runs one free-form query as the query role, which may only read, in a transaction that is always rolled back. Throws a
   * `QueryRefused` for what is wrong with the SQL.
   */
  query(scope: Scope, text: string, limits: QueryLimits): Promise<QueryResult>;
  /**
   * Runs one statement of the framework's own, by itself and for no tenant, within `withinMs`. Waits for a connection no longer
   * than that, ahead of calls, unless told otherwise.
   */
  framework(text: string, params: readonly (string | null)[], withinMs: number, waiting?: Waiting): Promise<RawResult>;
  /** Resolves when the database can be used (readiness), whether or not it is busy. */
  ping(signal: AbortSignal): Promise<void>;
  /** The permits of its pools, for metrics: `publish` of `@sallyport/observe`. */
  measures(): readonly Measure[];
  /** Lets nothing new in, waits for what runs, and closes. */
  close(): Promise<void>;
}
