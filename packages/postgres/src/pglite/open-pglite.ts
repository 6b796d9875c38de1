import type { Database } from '../database.js';
import { type EmbeddedOptions, openEmbedded } from './embedded.js';

/**
 * The embedded database: it lives as long as the process, set up like a server, with the same roles and rules, for trying things
 * out. It has one session, so transactions run one after the other; a waiting one leaves the queue when its scope ends. A
 * statement that goes on for a second after its scope has ended is ended by a restart, which loses nothing that was committed.
 * Its logins and tables are checked as by `openPostgres`: what your migrations leave unsafe is refused with a
 * `DatabaseError` of kind `unsafe`.
 *
 * @example
 * ```ts
 * import { openPGlite } from '@sallyport/postgres/pglite';
 *
 * const database = await openPGlite({ migrations: new URL('../migrations/', import.meta.url) });
 * await database.close();
 * ```
 */
export async function openPGlite(options: EmbeddedOptions = {}): Promise<Database> {
  return (await openEmbedded(options)).database;
}
