import { createDatabase } from '../create-database.js';
import type { Database } from '../database.js';
import { DatabaseError } from '../database-error.js';
import type { Lease } from '../lease.js';
import { Permits } from '../permits.js';
import { refuseCostlyPlan } from '../query/refuse-costly-plan.js';
import type { Session } from '../session.js';
import { appRole as defaultAppRole, queryRole as defaultQueryRole } from '../setup/role-names.js';
import { type SetUpOptions, setUp } from '../setup/set-up.js';
import { PGliteServer } from './pglite-server.js';
import { pgliteSession } from './pglite-session.js';

/**
 * The embedded database: it lives as long as the process, set up like a server, with the same roles and rules, for trying things
 * out. It has one session, so transactions run one after the other; a waiting one leaves the queue when its scope ends. A
 * statement that goes on for a second after its scope has ended is ended by a restart, which loses nothing that was committed.
 *
 * @example
 * ```ts
 * import { openPGlite } from '@sallyport/postgres/pglite';
 *
 * const database = await openPGlite({ migrations: new URL('../migrations/', import.meta.url) });
 * await database.close();
 * ```
 */
export async function openPGlite(options: Omit<SetUpOptions, 'passwords'> = {}): Promise<Database> {
  const { appRole = defaultAppRole, queryRole = defaultQueryRole } = options;
  const server = await PGliteServer.start();
  const session = pgliteSession(server);
  const turns = new Permits(1);
  try {
    await setUp(session, options);
    // refuseCostlyPlan lives on the planner's estimates.
    await session.script('ANALYZE');
  } catch (error) {
    await server.stop();
    throw error;
  }
  return createDatabase({
    lease: async (login, signal, leftMs) =>
      leaseOn(server, session, { clears: login === 'query', giveBack: await turns.acquire(signal, leftMs) }),
    roleOf: (login) => (login === 'app' ? appRole : queryRole),
    checkQuery: refuseCostlyPlan,
    // One session for both logins.
    measures: () => turns.measures('app'),
    async ping(signal) {
      signal.throwIfAborted();
      server.assertAlive();
    },
    async close() {
      await turns.close(closeAfterMs);
      await server.stop();
    },
  });
}

/** How long closing waits for what runs. */
const closeAfterMs = 5_000;
/** Most statements that are late end by themselves in less time than a restart takes. */
const graceMs = 1_000;

function leaseOn(
  server: PGliteServer,
  session: Session,
  { clears, giveBack }: { readonly clears: boolean; readonly giveBack: () => void },
): Lease {
  let ending: NodeJS.Timeout | undefined;
  return {
    session,
    interrupt() {
      ending ??= setTimeout(() => server.endStatement(), graceMs);
    },
    async commit() {
      try {
        const { command } = await server.run('COMMIT');
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
