/**
 * What went wrong, as far as a caller must tell cases apart:
 * - `unavailable`: no connection in time, or the server or the embedded database is gone. Nothing happened.
 * - `timeout`: the time left ran out. Rolled back.
 * - `cancelled`: the scope's signal was aborted; `cause` is its reason. Rolled back.
 * - `statement`: the database refused a statement of ours (a constraint, a permission): see `sqlState`. Rolled back.
 * - `query_refused`: the caller's own SQL was refused, see {@link QueryRefused}.
 * - `commit_unknown`: the connection was lost while committing; nobody can know whether the commit happened.
 * - `unsafe`: a start-up check failed; the message says what to do.
 */
export type DatabaseErrorKind =
  | 'unavailable'
  | 'timeout'
  | 'cancelled'
  | 'statement'
  | 'query_refused'
  | 'commit_unknown'
  | 'unsafe';

/** What a {@link DatabaseError} may know beyond its kind. */
export interface DatabaseErrorOptions {
  readonly cause?: unknown;
  readonly sqlState?: string | undefined;
  readonly constraint?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * The only error the database throws. The message of any kind but `query_refused` is for the log, never for a caller.
 *
 * @example
 * ```ts
 * import { DatabaseError } from '@sallyport/postgres';
 *
 * const isTransient = (error: unknown) => error instanceof DatabaseError && error.kind === 'unavailable';
 * ```
 */
export class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError';
  readonly kind: DatabaseErrorKind;
  /** SQLSTATE, of kinds `statement` and `query_refused`. */
  readonly sqlState: string | undefined;
  /** The constraint that was violated, if one was. */
  readonly constraint: string | undefined;
  /** Of `unavailable`: when it is worth trying again, as far as is known. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: DatabaseErrorKind,
    message: string,
    { cause, sqlState, constraint, retryAfterMs }: DatabaseErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.sqlState = sqlState;
    this.constraint = constraint;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The caller's own SQL was refused. The message speaks of nothing but that SQL, so it may be shown to whoever wrote it.
 *
 * @example
 * ```ts
 * import { QueryRefused } from '@sallyport/postgres';
 *
 * const words = (error: unknown) => (error instanceof QueryRefused ? error.message : undefined);
 * ```
 */
export class QueryRefused extends DatabaseError {
  override readonly name = 'QueryRefused';
  override readonly kind = 'query_refused' as const;

  constructor(message: string, options: { cause?: unknown; sqlState?: string | undefined } = {}) {
    super('query_refused', message, options);
  }
}
