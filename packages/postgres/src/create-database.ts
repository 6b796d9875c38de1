import type { Database } from './database.js';
import type { Driver } from './driver.js';
import { interruptionOf } from './interruption.js';
import { readOnlyQuery } from './query/read-only-query.js';
import type { Scope } from './scope.js';
import { sqlComment } from './sql-comment.js';
import { Transaction } from './transaction.js';
import { sqlOn } from './values/sql-on.js';

const tag = sqlComment({ tool: 'sallyport' });

/** The database over a driver: the same on every kind of Postgres. */
export function createDatabase(driver: Driver): Database {
  const open = (scope: Scope): Promise<Transaction> => Transaction.open(driver, 'app', scope);
  return {
    open,
    async transaction(scope, work) {
      const transaction = await open(scope);
      try {
        const value = await Promise.race([work(sqlOn(transaction.session)), transaction.interrupted]);
        await transaction.commit();
        return value;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    },
    async query(scope, text, limits) {
      const transaction = await Transaction.open(driver, 'query', { ...scope, readOnly: true });
      try {
        return await readOnlyQuery(transaction.session, text, limits, driver.checkQuery);
      } finally {
        await transaction.rollback();
      }
    },
    async framework(text, params, withinMs, { leftMs = withinMs, priority = 'critical' } = {}) {
      const until = performance.now() + withinMs;
      const waitMs = Math.min(leftMs, withinMs);
      const lease = await inTime(waitMs, (signal) => driver.lease('app', signal, { leftMs: waitMs, priority }));
      try {
        return await inTime(until - performance.now(), async (signal) => {
          signal.addEventListener('abort', () => lease.interrupt(), { once: true });
          return lease.session.statement(text + tag, params);
        });
      } finally {
        await lease.release();
      }
    },
    measures: () => driver.measures(),
    ping: (signal) => driver.ping(signal),
    close: () => driver.close(),
  };
}

/** Gives `work` a signal that aborts when the time is over, and throws its reason, a `DatabaseError`, when it failed by then. */
async function inTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, dispose } = interruptionOf({ signal: new AbortController().signal, remainingMs: () => ms });
  try {
    signal.throwIfAborted();
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    dispose();
  }
}
