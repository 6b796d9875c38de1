import { type OptionCheck, option } from '@sallyport/core/adapter';
import pg, { type Pool } from 'pg';
import { DatabaseError } from '../database-error.js';

/** Whether it is a pool of `pg`, of this copy of it or of another. A client of `pg` is none. */
export const aPool: OptionCheck = (value) => {
  const { options, totalCount } = (value ?? {}) as { readonly options?: unknown; readonly totalCount?: unknown };
  return option.is('object')(options) === undefined && typeof totalCount === 'number' ? undefined : 'must be a pg.Pool';
};

/** Throws for a pool that would wait for ever, for one that opens more connections than it may, and for one that says neither where the database is nor who logs in. */
export function assertPool({ options }: Pool): void {
  if (!(options.connectionTimeoutMillis !== undefined && options.connectionTimeoutMillis > 0)) {
    throw new DatabaseError(
      'unsafe',
      'the pool has no connectionTimeoutMillis, so pg would wait for ever: set it, to 5000 say',
    );
  }
  // What the URL says, or pg's defaults, counts as well.
  const { connectionParameters } = new pg.Client(options) as unknown as {
    connectionParameters: { query_timeout: unknown };
  };
  if (Number(connectionParameters.query_timeout) > 0) {
    throw new DatabaseError(
      'unsafe',
      'the pool has a query_timeout, with which pg gives a connection up while its statement goes on, and opens more than max: ' +
        'leave it out, deadlines reach the server',
    );
  }
  const { connectionString, host, user, database } = options;
  const { PGHOST, PGUSER, PGDATABASE } = process.env;
  if ([connectionString, host, user, database, PGHOST, PGUSER, PGDATABASE].some(Boolean)) return;
  // Without any of them `pg` takes the user of the system, on this machine. Who wrote `connectionString` meant another.
  if (Object.hasOwn(options, 'connectionString') || pg.defaults.user === undefined) {
    throw new TypeError('openPostgres: the pool has no connection string: is its environment variable set?');
  }
}
