import pg from 'pg';
import type { Session } from '../session.js';
import { toDatabaseError } from '../to-database-error.js';
import { postgresSession } from './postgres-session.js';

/**
 * Runs `work` on a connection of its own, as the login of the URL, and closes it. Throws a `DatabaseError`.
 *
 * @example
 * ```ts
 * import { withSession } from '@sallyport/postgres';
 *
 * const version = (url: string) =>
 *   withSession(url, 'version', async (session) => (await session.statement('select version()')).rows[0]?.[0]);
 * ```
 */
export async function withSession<T>(url: string, name: string, work: (session: Session) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: name });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw toDatabaseError(error);
  }
  try {
    return await work(postgresSession(client));
  } finally {
    await client.end();
  }
}
