import type { Measure } from '@sallyport/core';
import pg, { type Pool } from 'pg';
import type { Login } from '../driver.js';
import type { Lease } from '../lease.js';
import { Permits, type Waiting } from '../permits.js';
import { toDatabaseError } from '../to-database-error.js';
import { type Backends, BackendWatch } from './backend-watch.js';
import { postgresLease } from './postgres-lease.js';

/** How long closing waits for the transactions under way. */
const closeAfterMs = 10_000;
/** What `pg` uses when a pool says nothing. */
const defaultMax = 10;

/** What the question whether the server can be used may take, on a connection aside; and as long to connect. */
const pingMs = 5_000;
/** The same of which backends there are. Short, because the pool is served again only when it was answered. */
const watchMs = 2_000;
/** The backends of this login, each with its beginning. Not pg_stat_activity, which the logins may not read. */
const backendsSql = `SELECT pg_stat_get_backend_pid(id), pg_stat_get_backend_start(id)::text
  FROM pg_stat_get_backend_idset() AS id WHERE pg_stat_get_backend_start(id) IS NOT NULL`;

/**
 * A pool of one login. A transaction takes a permit first, so nothing ever waits inside `pg`, which cannot be left. A permit
 * whose connection was cut while a statement ran comes back only when that backend is gone: there are never more than `max`
 * backends at work, those that nothing stops included, and meanwhile callers are told `unavailable`.
 */
export class PostgresPool {
  readonly #pool: Pool;
  readonly #clears: boolean;
  readonly #permits: Permits;
  readonly #runaways = new BackendWatch(() => this.#backends());
  #ping: Promise<void> | undefined;

  /** With `clears`, a connection that was rolled back is cleared of all that can outlive a transaction. */
  constructor(pool: Pool, { clears = false } = {}) {
    this.#pool = pool;
    this.#clears = clears;
    // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
    pool.on('error', () => {});
    // The pool takes its own listener off when it hands a client out; one of the client's own leaves no moment without.
    pool.on('connect', (client) => client.on('error', () => {}));
    this.#permits = new Permits(pool.options.max ?? defaultMax);
  }

  /** A connection for one transaction. Leaves at once when interrupted; `unavailable` when there was none in time. */
  async lease(signal: AbortSignal, waiting: Waiting): Promise<Lease> {
    const giveBack = await this.#permits.acquire(signal, waiting);
    const connecting = this.#pool.connect();
    let leave = (): void => {};
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
    try {
      return postgresLease(await Promise.race([connecting, left]), {
        clears: this.#clears,
        onReturn: (runaway) => {
          if (runaway === undefined) giveBack();
          else this.#runaways.add(runaway, giveBack);
        },
      });
    } catch (error) {
      connecting
        .then(
          (client) => client.release(),
          () => undefined,
        )
        .finally(giveBack)
        .catch(() => undefined);
      throw signal.aborted ? signal.reason : toDatabaseError(error);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  measures(login: Login): readonly Measure[] {
    return this.#permits.measures(login);
  }

  /** Resolves when the server answers; calls at the same time share one question. */
  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#ping ??= this.#ask().finally(() => {
      this.#ping = undefined;
    });
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      this.#ping
        ?.then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', leave))
        .catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    this.#runaways.stop();
    const drained = await this.#permits.close(closeAfterMs);
    const ended = this.#pool.end();
    if (drained) await ended;
  }

  async #ask(): Promise<void> {
    await this.#aside('SELECT 1', pingMs);
  }

  async #backends(): Promise<Backends> {
    return new Map(
      (await this.#aside(backendsSql, watchMs)).map(([pid = '', start = '']): [number, string] => [Number(pid), start]),
    );
  }

  /** Asks on a connection of its own, so that it answers when all of the pool's are held. */
  async #aside(text: string, withinMs: number): Promise<string[][]> {
    const times = { connectionTimeoutMillis: withinMs, query_timeout: withinMs };
    const client = new pg.Client({ ...this.#pool.options, ...times });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<string[]>({ text, rowMode: 'array' })).rows;
    } catch (error) {
      throw toDatabaseError(error);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
