import pg, { type Pool, type PoolConfig } from 'pg';
import type { Lease } from './lease.js';
import { Permits } from './permits.js';
import { postgresLease } from './postgres-lease.js';
import { toDatabaseError } from './to-database-error.js';

export interface PoolOptions {
  readonly url: string;
  /** Transactions at once. */
  readonly max: number;
  readonly connectionTimeoutMs: number;
}

/** How long closing waits for the transactions under way. */
const closeAfterMs = 10_000;

/** The connections of one login. A transaction takes a permit first, so nothing ever waits inside `pg`, which cannot be left. */
export class PostgresPool {
  readonly #pool: Pool;
  readonly #permits: Permits;
  #ping: Promise<void> | undefined;

  constructor({ url, max, connectionTimeoutMs }: PoolOptions) {
    const config: PoolConfig = {
      connectionString: url,
      // One more than there are permits, so that `ping` answers when all are held.
      max: max + 1,
      connectionTimeoutMillis: connectionTimeoutMs,
      keepAlive: true,
      options:
        '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c client_min_messages=error',
    };
    this.#pool = new pg.Pool(config);
    // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
    this.#pool.on('error', () => {});
    this.#permits = new Permits(max);
  }

  /** A connection for one transaction. Leaves at once when interrupted; `unavailable` when there was none in time. */
  async lease(signal: AbortSignal): Promise<Lease> {
    const giveBack = await this.#permits.acquire(signal);
    const connecting = this.#pool.connect();
    const left = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
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

  async #ask(): Promise<void> {
    try {
      await this.#pool.query('SELECT 1');
    } catch (error) {
      throw toDatabaseError(error);
    }
  }
}
