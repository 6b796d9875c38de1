import { ToolError } from '@sallyport/core';
import type { Database, Scope } from './db/database.js';
import { DatabaseError } from './db/errors.js';

/** The same database, whose errors say to an agent what it can do. What it must not see stays the cause, for the log. */
export function withToolErrors(database: Database): Database {
  return {
    transaction: (scope, work) => database.transaction(scope, work).catch((error: unknown) => fail(error, scope)),
    query: (scope, text, limits) =>
      database.query(scope, text, limits).catch((error: unknown) => fail(error, { ...scope, readOnly: true })),
    ping: (signal) => database.ping(signal),
    close: () => database.close(),
  };
}

function fail(error: unknown, scope: Scope): never {
  throw error instanceof DatabaseError ? toToolError(error, scope) : error;
}

function toToolError(error: DatabaseError, { readOnly }: Scope): ToolError {
  const cause = { cause: error };
  switch (error.kind) {
    case 'query_refused':
      return new ToolError('INVALID_INPUT', error.message, cause);
    case 'cancelled':
      return error.cause instanceof ToolError
        ? error.cause
        : new ToolError('CANCELLED', 'The call was cancelled.', cause);
    case 'timeout':
      return readOnly === true
        ? new ToolError('TOOL_TIMEOUT', 'The database did not answer in time. Ask for less.', cause)
        : new ToolError(
            'DEPENDENCY_UNAVAILABLE',
            'The database did not answer in time; nothing was changed.',
            retry(cause),
          );
    case 'unavailable':
      return new ToolError('DEPENDENCY_UNAVAILABLE', 'The database cannot be reached right now.', retry(cause));
    case 'commit_unknown':
      return new ToolError('OUTCOME_UNKNOWN', 'The connection was lost while the change was being saved.', cause);
    case 'statement':
      // Class 22: a value the type cannot hold. Class 23: a constraint.
      return /^2[23]/.test(error.sqlState ?? '')
        ? new ToolError('INVALID_INPUT', 'The database cannot store these values.', cause)
        : ToolError.from(error);
    case 'unsafe':
      return ToolError.from(error);
  }
}

function retry(cause: { cause: unknown }) {
  return { ...cause, retryAfterMs: 1_000 };
}
