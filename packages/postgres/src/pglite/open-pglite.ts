import { createDatabase } from '../create-database.js';
import type { Database } from '../database.js';
import { DatabaseError } from '../database-error.js';
import type { Lease } from '../lease.js';
import { Permits } from '../permits.js';
import { refuseCostlyPlan } from '../query/refuse-costly-plan.js';
import type { Session } from '../session.js';
import { appRole as defaultAppRole, queryRole as defaultQueryRole } from '../setup/role-names.js';
import { type SetUpOptions, setUp } from '../setup/set-up.js';
import { PGliteThread } from './pglite-thread.js';

/**
 * The embedded database: in memory, set up like a server, with the same roles and rules, for trying things out. It has one
 * session, so transactions run one after the other; a waiting one leaves the queue when its scope ends. A statement that
 * runs cannot be stopped.
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
  const thread = await PGliteThread.start();
  const session = sessionOn(thread);
  const turns = new Permits(1);
  try {
    await setUp(session, options);
    // refuseCostlyPlan lives on the planner's estimates.
    await session.script('ANALYZE');
  } catch (error) {
    await thread.stop();
    throw error;
  }
  return createDatabase({
    lease: async (_login, signal, leftMs) => leaseOn(thread, session, await turns.acquire(signal, leftMs)),
    roleOf: (login) => (login === 'app' ? appRole : queryRole),
    checkQuery: refuseCostlyPlan,
    async ping(signal) {
      signal.throwIfAborted();
      thread.assertAlive();
    },
    async close() {
      await turns.close(closeAfterMs);
      await thread.stop();
    },
  });
}

/** How long closing waits for a statement that cannot be stopped. */
const closeAfterMs = 5_000;

function sessionOn(thread: PGliteThread): Session {
  return {
    async script(text) {
      await thread.run(text);
    },
    statement: (text, params = []) => thread.run(text, params),
  };
}

function leaseOn(thread: PGliteThread, session: Session, giveBack: () => void): Lease {
  return {
    session,
    interrupt() {},
    async commit() {
      try {
        const { command } = await thread.run('COMMIT');
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
      giveBack();
    },
    async abandon() {
      await session.script('ROLLBACK').catch(() => undefined);
      giveBack();
    },
  };
}
