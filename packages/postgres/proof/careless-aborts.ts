import type { Database, Sql } from '../src/database.js';
import { DatabaseError } from '../src/database-error.js';
import type { Scope } from '../src/scope.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';

/** How an abort can go wrong. What is done at it is told the transaction's backend, and its work. */
const atAbort = {
  /** Answers the caller and leaves the statement to itself. */
  'only given up': (_shop, _pid, _work) => Promise.reject(new DatabaseError('cancelled', 'given up')),
  /** Cancels another one's statement. */
  'cancelled on another backend': async (shop, pid, work) => {
    await shop.admin(
      `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'sallyport_app'
         and state = 'active' and pid <> $1 limit 1`,
      [pid],
    );
    return work;
  },
  /** Cancels by process id, and once more because the first may have come too early: by then another one has the connection. */
  'cancelled late': async (shop, pid, work) => {
    const cancel = () => shop.admin('select pg_cancel_backend($1)', [pid]);
    // The last of them may come when the database is being dropped, which ends its connection.
    cancel()
      .then(cancel)
      .catch(() => {});
    return work;
  },
} as const satisfies Readonly<
  Record<string, (shop: ShopOnServer, pid: number | undefined, work: Promise<never>) => Promise<never>>
>;

/** One of them. */
export type CarelessAbort = keyof typeof atAbort;

/** A database that knows nothing of aborts, and one of these ways around it. */
export const careless =
  (shop: ShopOnServer, how: CarelessAbort) =>
  (database: Database): Database => ({
    ...database,
    async transaction<T>({ signal, ...scope }: Scope, work: (sql: Sql) => Promise<T>): Promise<T> {
      let pid: number | undefined;
      const whole = database.transaction({ ...scope, signal: new AbortController().signal }, async (sql) => {
        const [row] = await sql<{ pid: number }>('select pg_backend_pid() as pid');
        pid = row?.pid;
        return work(sql);
      });
      const aborted = new Promise<never>((resolve, reject) => {
        signal.addEventListener('abort', () => atAbort[how](shop, pid, whole as Promise<never>).then(resolve, reject), {
          once: true,
        });
      });
      return Promise.race([whole, aborted]);
    },
  });
