import pg from 'pg';
import { type SetUpOptions, setUp } from '../setup/set-up.js';
import { toDatabaseError } from '../to-database-error.js';
import { postgresSession } from './postgres-session.js';

/**
 * Sets up the database that a superuser's URL names: see {@link SetUpOptions}. Touches that one database, and the two roles,
 * which the server's databases share. Can be run again at any time; returns the names of the versions it applied.
 *
 * @example
 * ```ts
 * import { setUpPostgres } from '@sallyport/postgres';
 *
 * await setUpPostgres('postgres://postgres@127.0.0.1/shop', {
 *   tables: [{ name: 'customers' }, { name: 'invoices', allow: ['insert'] }],
 * });
 * ```
 */
export async function setUpPostgres(adminUrl: string, options: SetUpOptions = {}): Promise<string[]> {
  const client = new pg.Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'sallyport:set-up',
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw toDatabaseError(error);
  }
  try {
    return await setUp(postgresSession(client), options);
  } finally {
    await client.end();
  }
}
