import { beginStatement } from './begin-statement.js';
import type { Database, Scope } from './database.js';
import { DatabaseError } from './errors.js';
import { interruptionOf } from './interruption.js';
import type { Lease } from './lease.js';
import { migrate } from './migrate.js';
import { Permits } from './permits.js';
import { PGliteThread } from './pglite-thread.js';
import { readOnlyQuery } from './read-only-query.js';
import { refuseCostlyPlan } from './refuse-costly-plan.js';
import { appRole, queryRole } from './role-names.js';
import { runTransaction } from './run-transaction.js';
import type { Session } from './session.js';
import { sqlOn } from './sql-on.js';

/**
 * The embedded database: in memory, with the same schema, seed, roles and rules as a server, for trying things out. It has one
 * session, so transactions run one after the other; a waiting one leaves the queue when its scope ends. A statement that
 * runs cannot be stopped.
 */
export async function openPGlite(): Promise<Database> {
  const thread = await PGliteThread.start();
  const session = sessionOn(thread);
  const turns = new Permits(1);
  try {
    await migrate(session);
    // refuseCostlyPlan lives on the planner's estimates.
    await session.script('ANALYZE');
  } catch (error) {
    await thread.stop();
    throw error;
  }

  const within = async <T>(scope: Scope, run: (lease: Lease, signal: AbortSignal) => Promise<T>): Promise<T> => {
    const { signal, dispose } = interruptionOf(scope);
    try {
      return await run(leaseOn(thread, session, await turns.acquire(signal)), signal);
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
      thread.assertAlive();
    },
    async close() {
      await turns.close(closeAfterMs);
      await thread.stop();
    },
  };
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
    async abandon() {
      await session.script('ROLLBACK').catch(() => undefined);
      giveBack();
    },
  };
}
