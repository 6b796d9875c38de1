import { beginStatement } from './begin-statement.js';
import type { Database, Scope } from './database.js';
import { DatabaseError } from './errors.js';
import { interruptionOf } from './interruption.js';
import type { Lease } from './lease.js';
import { migrate } from './migrate.js';
import { Permits } from './permits.js';
import { PGliteServer } from './pglite-server.js';
import { readOnlyQuery } from './read-only-query.js';
import { refuseCostlyPlan } from './refuse-costly-plan.js';
import { appRole, queryRole } from './role-names.js';
import { runTransaction } from './run-transaction.js';
import type { Session } from './session.js';
import { sqlOn } from './sql-on.js';

/**
 * The embedded database: it lives as long as the process, with the same schema, seed, roles and rules as a server, for trying
 * things out. It has one session, so transactions run one after the other; a waiting one leaves the queue when its scope ends.
 * A statement that goes on for a second after its scope has ended is ended by a restart, which loses nothing that was committed.
 */
export async function openPGlite(): Promise<Database> {
  const server = await PGliteServer.start();
  const session = sessionOn(server);
  const turns = new Permits(1);
  try {
    await migrate(session);
    // refuseCostlyPlan lives on the planner's estimates.
    await session.script('ANALYZE');
  } catch (error) {
    await server.stop();
    throw error;
  }

  const within = async <T>(scope: Scope, run: (lease: Lease, signal: AbortSignal) => Promise<T>): Promise<T> => {
    const { signal, dispose } = interruptionOf(scope);
    try {
      return await run(leaseOn(server, session, await turns.acquire(signal)), signal);
    } finally {
      dispose();
    }
  };

  return {
    transaction: (scope, work) =>
      within(scope, (lease, signal) =>
        runTransaction(
          lease,
          signal,
          () => beginStatement(scope, appRole),
          (bound) => work(sqlOn(bound)),
        ),
      ),
    query: (scope, text, limits) =>
      within(scope, (lease, signal) =>
        runTransaction(
          lease,
          signal,
          () => beginStatement({ ...scope, readOnly: true }, queryRole),
          (bound) => readOnlyQuery(bound, text, limits, refuseCostlyPlan),
          'rollback',
        ),
      ),
    async ping(signal) {
      signal.throwIfAborted();
      server.assertAlive();
    },
    async close() {
      await turns.close(closeAfterMs);
      await server.stop();
    },
  };
}

/** How long closing waits for what runs. */
const closeAfterMs = 5_000;
/** Most statements that are late end by themselves in less time than a restart takes. */
const graceMs = 1_000;

function sessionOn(server: PGliteServer): Session {
  return {
    async script(text) {
      await server.run(text);
    },
    statement: (text, params = []) => server.run(text, params),
  };
}

function leaseOn(server: PGliteServer, session: Session, giveBack: () => void): Lease {
  let ending: NodeJS.Timeout | undefined;
  return {
    session,
    interrupt() {
      ending = setTimeout(() => server.endStatement(), graceMs);
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
    async abandon() {
      clearTimeout(ending);
      await session.script('ROLLBACK').catch(() => undefined);
      giveBack();
    },
  };
}
