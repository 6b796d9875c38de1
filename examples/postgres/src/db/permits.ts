import { DatabaseError } from './errors.js';

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** A number of permits, handed out first come first served. With one permit it is a mutex. */
export class Permits {
  #free: number;
  readonly #queue = new Set<Waiter>();
  #closed = false;
  readonly #total: number;
  #idle: (() => void) | undefined;

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /**
   * Resolves with the function that gives the permit back. Leaves the queue at once when the signal aborts, throwing its
   * reason, or `unavailable` when time ran out: nothing had begun.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#closed) throw closing();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);

    let held = true;
    return () => {
      if (held) this.#giveBack();
      held = false;
    };
  }

  /** Lets nobody in any more, turns the waiting away, and resolves with whether every permit came back in time. */
  async close(withinMs: number): Promise<boolean> {
    this.#closed = true;
    for (const { refuse } of [...this.#queue]) refuse(closing());
    if (this.#free === this.#total) return true;
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (run: () => void): void => {
        signal.removeEventListener('abort', leave);
        this.#queue.delete(waiter);
        run();
      };
      const leave = (): void => settle(() => reject(reasonOf(signal)));
      const waiter: Waiter = { admit: () => settle(resolve), refuse: (reason) => settle(() => reject(reason)) };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.add(waiter);
    });
  }

  #giveBack(): void {
    const [next] = this.#queue;
    if (next !== undefined) {
      next.admit();
      return;
    }
    this.#free += 1;
    if (this.#free === this.#total) this.#idle?.();
  }
}

function reasonOf({ reason }: AbortSignal): unknown {
  if (!(reason instanceof DatabaseError) || reason.kind !== 'timeout') return reason;
  return new DatabaseError('unavailable', 'the database was busy until the deadline', { cause: reason });
}

function closing(): DatabaseError {
  return new DatabaseError('unavailable', 'the database is closing');
}
