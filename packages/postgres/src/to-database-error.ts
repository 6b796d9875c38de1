import { DatabaseError } from './database-error.js';

/** What both drivers' errors have in common. */
export interface ServerError {
  readonly code?: string | undefined;
  readonly constraint?: string | undefined;
  readonly message: string;
}

/** Any error of a driver as a `DatabaseError`. What does not come from the server means that the connection is gone. */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, constraint, message } = error as ServerError;
  if (typeof code !== 'string' || !/^(?=.*\d)[0-9A-Z]{5}$/.test(code)) {
    return new DatabaseError('unavailable', `the connection to the database failed: ${message}`, { cause: error });
  }
  // query_canceled, lock_not_available, idle_in_transaction_session_timeout
  if (code === '57014' || code === '55P03' || code === '25P03') {
    return new DatabaseError('timeout', message, { cause: error, sqlState: code });
  }
  // connection exceptions (not 08P01, which is what a query with parameters but no values gets), a bad login, too many connections, the server shutting down or crashing
  if (/^(08(?!P01)|28|3D|57P|53300)/.test(code))
    return new DatabaseError('unavailable', message, { cause: error, sqlState: code });
  return new DatabaseError('statement', message, { cause: error, sqlState: code, constraint });
}
