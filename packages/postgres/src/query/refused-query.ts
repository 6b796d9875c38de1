import { DatabaseError, QueryRefused } from '../database-error.js';

/** SQLSTATE classes whose messages speak of the caller's SQL only: data, transaction state, syntax and access, limits. */
const ofTheQuery = /^(0A|21|22|25|42|54)/;

const tooMuch = 'invalid memory alloc request size';

/**
 * Turns what Postgres says about the caller's own SQL into a {@link QueryRefused}; throws every other error as it is. Never
 * returns.
 */
export function refusedQuery(error: unknown): never {
  if (!(error instanceof DatabaseError) || error.kind !== 'statement') throw error;
  const { sqlState = '' } = error;
  // XX000 is an internal error, and the only one that a caller's SQL can cause in a sound server.
  if (sqlState === '53200' || sqlState === '53400' || (sqlState === 'XX000' && error.message.startsWith(tooMuch))) {
    throw new QueryRefused('The query needs more memory than it may have.', { sqlState, cause: error });
  }
  if (sqlState === '08P01')
    throw new QueryRefused('The query may not have parameters ($1).', { sqlState, cause: error });
  if (ofTheQuery.test(sqlState)) throw new QueryRefused(`${error.message}.`, { sqlState, cause: error });
  throw error;
}
