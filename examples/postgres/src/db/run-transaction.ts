import type { Lease } from './lease.js';
import type { Session } from './session.js';

/**
 * Runs `work` between `begin` and a commit (or, with `end: 'rollback'`, a rollback), and gives the lease back whatever
 * happens. When interrupted it ends the running statement, waits until the database is done with it, rolls back and throws the
 * reason, without waiting for `work`, whose session then answers no more. Once the commit has been sent it is not interrupted.
 */
export async function runTransaction<T>(
  lease: Lease,
  signal: AbortSignal,
  begin: () => string,
  work: (session: Session) => Promise<T>,
  end: 'commit' | 'rollback' = 'commit',
): Promise<T> {
  const turns = new Turns(signal);
  const session: Session = {
    script: (text) => turns.take(() => lease.session.script(text)),
    statement: (text, params, maxBytes) => turns.take(() => lease.session.statement(text, params, maxBytes)),
  };
  const onAbort = (): void => lease.interrupt();
  signal.addEventListener('abort', onAbort, { once: true });
  const opened = async (bound: Session): Promise<T> => {
    await bound.script(begin());
    return work(bound);
  };
  let committing = false;
  try {
    const value = await Promise.race([opened(session), rejectsOn(signal)]);
    await turns.close();
    signal.throwIfAborted();
    if (end === 'commit') {
      committing = true;
      signal.removeEventListener('abort', onAbort);
      await lease.commit();
    } else {
      await lease.abandon();
    }
    return value;
  } catch (error) {
    await turns.close();
    if (committing) throw error;
    await lease.abandon();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** One statement at a time, none after the end. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  take<R>(statement: () => Promise<R>): Promise<R> {
    if (this.#closed) return Promise.reject(new Error('this transaction has ended'));
    const turn = this.#last.then(() => {
      this.#signal.throwIfAborted();
      return statement();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when the statements taken so far have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}

function rejectsOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
