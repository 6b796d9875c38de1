import { type SetUpOptions, setUp } from '../setup/set-up.js';
import { withSession } from './with-session.js';

/**
 * Sets up the database that a superuser's URL names: see {@link SetUpOptions}. Touches that one database, and the logins,
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
export function setUpPostgres(adminUrl: string, options: SetUpOptions = {}): Promise<string[]> {
  return withSession(adminUrl, 'sallyport:set-up', (session) => setUp(session, options));
}
