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
    async framework(text, params, withinMs) {
      const { signal, dispose } = interruptionOf({ signal: new AbortController().signal, remainingMs: () => withinMs });
      try {
        // Short, and whole calls wait for it: a claim, its renewal, its end.
        const lease = await driver.lease('app', signal, { leftMs: withinMs, priority: 'critical' });
        const onAbort = (): void => lease.interrupt();
        signal.addEventListener('abort', onAbort, { once: true });
        try {
          return await lease.session.statement(text + tag, params);
        } finally {
          signal.removeEventListener('abort', onAbort);
          await lease.release();
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        dispose();
      }
    },
    measures: () => driver.measures(),
    ping: (signal) => driver.ping(signal),
    close: () => driver.close(),
  };
}
