import { type Bounds, beginStatement } from './begin-statement.js';
import { DatabaseError } from './database-error.js';
import type { Driver, Login } from './driver.js';
import { type Interruption, interruptionOf } from './interruption.js';
import type { Lease } from './lease.js';
import type { Session } from './session.js';
import { sqlComment } from './sql-comment.js';

/**
 * One transaction, bound to its scope. When the scope ends, the running statement is ended, the transaction rolled back and
 * the connection given back at once, whoever still holds the transaction: its session then answers no more. Once the commit
 * has been sent it is not interrupted.
 */
export class Transaction {
  /** One statement at a time, each with the scope's tags as a comment; none after the end. */
  readonly session: Session;
  readonly #lease: Lease;
  readonly #readOnly: boolean;
  readonly #interruption: Interruption;
  readonly #tagged: Session;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  #committing = false;
  #rolledBack: Promise<void> | undefined;

  /** Resolves when it has begun. Throws a `DatabaseError`: `unavailable`, `timeout` or `cancelled` when it could not. */
  static async open(driver: Driver, login: Login, bounds: Bounds): Promise<Transaction> {
    const interruption = interruptionOf(bounds);
    let lease: Lease;
    try {
      const { patient = false, priority, watch } = bounds;
      const waiting = patient ? { priority } : { priority, leftMs: bounds.remainingMs() };
      const take = () => driver.lease(login, interruption.signal, waiting);
      lease = await (watch === undefined ? take() : watch.wait('pool', take));
    } catch (error) {
      interruption.dispose();
      throw error;
    }
    const transaction = new Transaction(lease, interruption, bounds);
    try {
      await transaction.session.script(beginStatement(bounds));
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    return transaction;
  }

  private constructor(lease: Lease, interruption: Interruption, { tags = {}, readOnly = false }: Bounds) {
    this.#lease = lease;
    this.#readOnly = readOnly;
    this.#interruption = interruption;
    const comment = sqlComment(tags);
    this.#tagged = {
      script: (text) => lease.session.script(text),
      statement: (text, params, maxBytes) => lease.session.statement(text + comment, params, maxBytes),
    };
    this.session = {
      script: (text) => this.#turn(() => this.#tagged.script(text)),
      statement: (text, params, maxBytes) => this.#turn(() => this.#tagged.statement(text, params, maxBytes)),
    };
    interruption.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects with the reason when the scope ends before the transaction does; otherwise never settles. */
  get interrupted(): Promise<never> {
    const { signal } = this.#interruption;
    return new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /**
   * Lets no more statements in, waits for those under way, runs `last` with a session of its own, and commits. Throws
   * `commit_unknown` when nobody can know whether it happened, which is never said of one that only reads; after any other `DatabaseError` it was rolled back.
   */
  async commit(last?: (session: Session) => Promise<void>): Promise<void> {
    await this.#close();
    try {
      this.#assertNotEnding();
      if (last !== undefined) {
        const ending = this.#uninterrupted(() => last(this.#tagged));
        this.#last = ending.catch(() => undefined);
        await ending;
        this.#assertNotEnding();
      }
    } catch (error) {
      await this.rollback();
      throw error;
    }
    this.#committing = true;
    this.#dispose();
    try {
      await this.#lease.commit();
    } catch (error) {
      // Nothing was to be saved, so there is nothing that nobody can know.
      const harmless = this.#readOnly && error instanceof DatabaseError && error.kind === 'commit_unknown';
      throw harmless ? new DatabaseError('unavailable', error.message, { cause: error }) : error;
    }
  }

  /** Ends it without effect; again and again if need be. Never throws. */
  rollback(): Promise<void> {
    if (this.#committing) return Promise.resolve();
    this.#rolledBack ??= this.#close()
      .then(() => this.#lease.abandon())
      .finally(() => this.#dispose());
    return this.#rolledBack;
  }

  readonly #onAbort = (): void => {
    if (this.#committing) return;
    this.#lease.interrupt();
    void this.rollback();
  };

  #turn<R>(statement: () => Promise<R>): Promise<R> {
    if (this.#closed)
      return Promise.reject(this.#interruption.signal.reason ?? new Error('this transaction has ended'));
    const turn = this.#last.then(() => this.#uninterrupted(statement));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** A statement that fails because the scope ended fails with the scope's reason. */
  async #uninterrupted<R>(statement: () => Promise<R>): Promise<R> {
    const { signal } = this.#interruption;
    signal.throwIfAborted();
    try {
      return await statement();
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** A rollback that has begun ends the lease, so nothing else may. */
  #assertNotEnding(): void {
    this.#interruption.signal.throwIfAborted();
    if (this.#rolledBack !== undefined) throw new Error('this transaction was rolled back');
  }

  async #close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  #dispose(): void {
    this.#interruption.signal.removeEventListener('abort', this.#onAbort);
    this.#interruption.dispose();
  }
}
