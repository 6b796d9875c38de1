import { type Clock, type Measure, type Priority, priorities, systemClock } from '@sallyport/core';
import { DatabaseError } from './database-error.js';

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** How much one holding counts for what is expected of the next. */
const weight = 0.1;

/** How a permit is waited for. */
export interface Waiting {
  /** How much time there is. Default: as much as it takes. */
  readonly leftMs?: number;
  /** Who waits for more important work goes first. Default `default`. */
  readonly priority?: Priority | undefined;
}

/**
 * A number of permits, handed out to the most important first, and among equals first come first served. With one permit it is a
 * mutex.
 */
export class Permits {
  #free: number;
  /** By priority, the most important first. */
  readonly #queues = priorities.map(() => new Set<Waiter>());
  #closed = false;
  readonly #total: number;
  #idle: (() => void) | undefined;
  #typicalMs = 0;
  readonly #clock: Clock;

  constructor(total: number, clock: Clock = systemClock) {
    this.#total = total;
    this.#free = total;
    this.#clock = clock;
  }

  /** How many there are, how many are held, and how many callers wait for one; for metrics. */
  measures(login: string): Measure[] {
    const gauge = (name: string, help: string, value: number): Measure => {
      return { name, help, kind: 'gauge', value, labels: { login } };
    };
    return [
      gauge('capacity', 'Connections that transactions may hold at once.', this.#total),
      gauge(
        'in_use',
        'Connections that are held, those of statements that nothing stops among them.',
        this.#total - this.#free,
      ),
      gauge('waiting', 'Calls that wait for a connection.', this.#waiting(priorities.length)),
    ];
  }

  /** How long the next caller will probably wait: how long permits were held lately, times its place in the queue. */
  expectedWaitMs(priority: Priority = 'default'): number {
    return this.#free > 0 ? 0 : (this.#typicalMs * (this.#waiting(rankOf(priority) + 1) + 1)) / this.#total;
  }

  /**
   * Resolves with the function that gives the permit back. Throws `unavailable` at once when the expected wait is longer than
   * `leftMs`. Leaves the queue at once when the signal aborts, throwing its reason, or `unavailable` when time ran out.
   * Nothing had begun in either case.
   */
  async acquire(
    signal: AbortSignal,
    { leftMs = Number.POSITIVE_INFINITY, priority = 'default' }: Waiting = {},
  ): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#closed) throw closing();
    const expectedMs = this.expectedWaitMs(priority);
    if (expectedMs > leftMs) throw busy(expectedMs, leftMs);
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal, this.#queues[rankOf(priority)] as Set<Waiter>);

    const since = this.#clock.now();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#typicalMs += (this.#clock.now() - since - this.#typicalMs) * weight;
      this.#giveBack();
    };
  }

  /** Lets nobody in any more, turns the waiting away, and resolves with whether every permit came back in time. */
  async close(withinMs: number): Promise<boolean> {
    this.#closed = true;
    for (const { refuse } of this.#queues.flatMap((queue) => [...queue])) refuse(closing());
    if (this.#free === this.#total) return true;
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #turn(signal: AbortSignal, queue: Set<Waiter>): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (run: () => void): void => {
        signal.removeEventListener('abort', leave);
        queue.delete(waiter);
        run();
      };
      const leave = (): void => settle(() => reject(reasonOf(signal)));
      const waiter: Waiter = { admit: () => settle(resolve), refuse: (reason) => settle(() => reject(reason)) };
      signal.addEventListener('abort', leave, { once: true });
      queue.add(waiter);
    });
  }

  /** How many wait in the first so many queues. */
  #waiting(queues: number): number {
    let waiting = 0;
    for (let rank = 0; rank < queues; rank++) waiting += this.#queues[rank]?.size ?? 0;
    return waiting;
  }

  #giveBack(): void {
    for (const [next] of this.#queues) {
      if (next === undefined) continue;
      next.admit();
      return;
    }
    this.#free += 1;
    if (this.#free === this.#total) this.#idle?.();
  }
}

function rankOf(priority: Priority): number {
  return priorities.indexOf(priority);
}

function reasonOf({ reason }: AbortSignal): unknown {
  if (!(reason instanceof DatabaseError) || reason.kind !== 'timeout') return reason;
  return new DatabaseError('unavailable', 'the database was busy until the deadline', { cause: reason });
}

function busy(expectedMs: number, leftMs: number): DatabaseError {
  const message = `the database is busy: a wait of ${Math.round(expectedMs)} ms is expected, and ${Math.round(leftMs)} ms are left`;
  return new DatabaseError('unavailable', message, { retryAfterMs: Math.ceil(expectedMs) });
}

function closing(): DatabaseError {
  return new DatabaseError('unavailable', 'the database is closing');
}
