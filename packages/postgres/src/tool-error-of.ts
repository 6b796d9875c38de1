import { ToolError } from '@sallyport/core';
import { DatabaseError } from './database-error.js';

/** What kind of call an error ended. */
export interface Ending {
  readonly readOnly: boolean;
  /** Whether something outside the database may have happened meanwhile. */
  readonly phased: boolean;
}

/** A `DatabaseError` as what an agent can act on; what it must not see stays the cause, for the log. Other errors as they are. */
export function toolErrorOf(error: unknown, ending: Ending): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (!ending.phased) return translated(error, ending.readOnly);
  // Whatever the database said, an effect elsewhere may have happened: only the tool knows.
  const message = 'The database failed during the call, and whether it took effect is not known.';
  return new ToolError('OUTCOME_UNKNOWN', message, { cause: error });
}

function translated(error: DatabaseError, readOnly: boolean): ToolError {
  const cause = { cause: error };
  const retry = { ...cause, retryAfterMs: error.retryAfterMs ?? 1_000 };
  switch (error.kind) {
    case 'query_refused':
      return new ToolError('INVALID_INPUT', error.message, cause);
    case 'cancelled':
      return error.cause instanceof ToolError
        ? error.cause
        : new ToolError('CANCELLED', 'The call was cancelled.', cause);
    case 'timeout':
      return readOnly
        ? new ToolError('TOOL_TIMEOUT', 'The database did not answer in time. Ask for less.', cause)
        : new ToolError('TOOL_TIMEOUT', 'The database did not answer in time. Nothing was changed. Try again later.', {
            ...retry,
            retryable: true,
          });
    case 'unavailable':
      return error.retryAfterMs === undefined
        ? new ToolError('DEPENDENCY_UNAVAILABLE', 'The database cannot be reached right now.', retry)
        : new ToolError('DEPENDENCY_UNAVAILABLE', 'The database is busy, and would not answer in time.', retry);
    case 'commit_unknown':
      return new ToolError('OUTCOME_UNKNOWN', 'The database did not say whether the change was saved.', cause);
    case 'statement':
      return statementFailed(error);
    case 'unsafe':
      return ToolError.from(error);
  }
}

function statementFailed(error: DatabaseError): ToolError {
  const { sqlState = '' } = error;
  // Class 22: a value the type cannot hold. Class 23: a constraint.
  if (/^2[23]/.test(sqlState))
    return new ToolError('INVALID_INPUT', 'The database cannot store these values.', { cause: error });
  // Class 40: a deadlock, or a transaction that cannot be put in order with others. 55P03: a lock that was not waited for.
  if (/^40|^55P03/.test(sqlState)) {
    const message = 'The database undid the call because others were in its way. Nothing was changed. Try again.';
    return new ToolError('DEPENDENCY_UNAVAILABLE', message, { cause: error, retryAfterMs: 1_000 });
  }
  return ToolError.from(error);
}
