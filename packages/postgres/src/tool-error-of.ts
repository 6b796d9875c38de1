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
  const found = translated(error, ending.readOnly);
  // Of a write with an effect elsewhere only the tool knows whether that happened: the key must not become free.
  if (ending.phased && (found.code === 'DEPENDENCY_UNAVAILABLE' || found.code === 'TOOL_TIMEOUT')) {
    return new ToolError(
      'OUTCOME_UNKNOWN',
      'The database failed during the call, and whether it took effect is not known.',
      {
        cause: error,
      },
    );
  }
  return found;
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
      // Class 22: a value the type cannot hold. Class 23: a constraint.
      return /^2[23]/.test(error.sqlState ?? '')
        ? new ToolError('INVALID_INPUT', 'The database cannot store these values.', cause)
        : ToolError.from(error);
    case 'unsafe':
      return ToolError.from(error);
  }
}
