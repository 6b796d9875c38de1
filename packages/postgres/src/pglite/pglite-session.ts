import type { Session } from '../session.js';
import type { PGliteServer } from './pglite-server.js';

/** A session on the embedded Postgres: the one that it has. */
export function pgliteSession(server: PGliteServer): Session {
  return {
    async script(text) {
      await server.run(text);
    },
    statement: (text, params = [], maxBytes) => server.run(text, params, maxBytes),
  };
}
