import { DatabaseError } from '../database-error.js';
import type { Lease } from '../lease.js';
import type { Session } from '../session.js';
import type { PGliteServer } from './pglite-server.js';
import { pgliteSession } from './pglite-session.js';

/** Most statements that are late end by themselves in less time than a restart takes. */
const graceMs = 1_000;

/**
 * The one session, held for one transaction. With `clears`, what can outlive a transaction is gone when it is given
 * back. A statement that goes on for a second after an interrupt is ended by a restart, after which the lease takes no
 * more: the session has no transaction then, and is not yet any login's.
 */
export function pgliteLease(
  server: PGliteServer,
  { clears, giveBack }: { readonly clears: boolean; readonly giveBack: () => void },
): Lease {
  let ending: NodeJS.Timeout | undefined;
  let cut = false;
  const unlessCut = async <T>(run: () => Promise<T>): Promise<T> => {
    if (cut) throw new DatabaseError('unavailable', 'the embedded database was restarted to end a statement');
    return run();
  };
  const session = pgliteSession(server);
  const own: Session = {
    script: (text) => unlessCut(() => session.script(text)),
    statement: (text, params, maxBytes) => unlessCut(() => session.statement(text, params, maxBytes)),
  };
  return {
    session: own,
    interrupt() {
      ending ??= setTimeout(() => {
        cut = true;
        server.endStatement();
      }, graceMs);
    },
    async commit() {
      clearTimeout(ending);
      try {
        const { command } = await unlessCut(() => server.run('COMMIT'));
        if (command !== 'COMMIT') {
          throw new DatabaseError('statement', 'a statement of the transaction failed, so it was rolled back', {
            sqlState: '25P02',
          });
        }
      } finally {
        giveBack();
      }
    },
    async release() {
      clearTimeout(ending);
      giveBack();
    },
    async abandon() {
      clearTimeout(ending);
      await session
        .script('ROLLBACK')
        .then(() => (clears ? session.script('DISCARD ALL') : undefined))
        .catch(() => undefined);
      giveBack();
    },
  };
}
