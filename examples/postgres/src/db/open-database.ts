import type { Database } from './database.js';
import { openPGlite } from './pglite.js';
import { openPostgres } from './postgres.js';

/** Opens the Postgres at `url`, or without one the embedded database, seeded. */
export async function openDatabase({
  url,
  queryUrl,
}: {
  readonly url?: string | undefined;
  readonly queryUrl?: string | undefined;
} = {}): Promise<Database> {
  return url === undefined ? await openPGlite() : await openPostgres({ url, queryUrl });
}
