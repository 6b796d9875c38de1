/** The embedded Postgres, PGlite, behind the same interface as a server. */
export { openPGlite } from './pglite/open-pglite.js';
