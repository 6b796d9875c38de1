import pg, { type Pool } from 'pg';
import type { Lease } from '../lease.js';
import { Permits } from '../permits.js';
import { toDatabaseError } from '../to-database-error.js';
import { postgresLease } from './postgres-lease.js';

/** How long closing waits for the transactions under way. */
const closeAfterMs = 10_000;
/** What `pg` uses when a pool says nothing. */
const defaultMax = 10;

/** A pool of one login. A transaction takes a permit first, so nothing ever waits inside `pg`, which cannot be left. */
export class PostgresPool {
  readonly #pool: Pool;
  readonly #permits: Permits;
  #ping: Promise<void> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
    // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
    pool.on('error', () => {});
    // The pool takes its own listener off when it hands a client out; one of the client's own leaves no moment without.
    pool.on('connect', (client) => client.on('error', () => {}));
    this.#permits = new Permits(pool.options.max ?? defaultMax);
  }

  /** A connection for one transaction. Leaves at once when interrupted; `unavailable` when there was none in time. */
  async lease(signal: AbortSignal, leftMs: number): Promise<Lease> {
    const giveBack = await this.#permits.acquire(signal, leftMs);
    const connecting = this.#pool.connect();
    let leave = (): void => {};
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
    try {
      return postgresLease(await Promise.race([connecting, left]), giveBack);
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
    const drained = await this.#permits.close(closeAfterMs);
    const ended = this.#pool.end();
    if (drained) await ended;
  }

  /** On a connection of its own, so that it answers when all of the pool's are held. */
  async #ask(): Promise<void> {
    const client = new pg.Client(this.#pool.options);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT 1');
    } catch (error) {
      throw toDatabaseError(error);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
