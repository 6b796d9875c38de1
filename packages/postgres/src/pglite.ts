/** The embedded Postgres, PGlite, behind the same interface as a server. */
export type { EmbeddedOptions } from './pglite/embedded.js';
export { openPGlite } from './pglite/open-pglite.js';
