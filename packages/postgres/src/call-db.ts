import type { Database, QueryLimits, QueryResult, Sql } from './database.js';
import { LastStatements } from './last-statements.js';
import type { Scope } from './scope.js';
import type { RawResult } from './session.js';
import { shielded } from './shielded.js';
import type { Transaction } from './transaction.js';
import { assertNoTransactionControl } from './values/assert-no-transaction-control.js';
import { encodeParameter } from './values/encode-parameter.js';
import { sqlOn } from './values/sql-on.js';

/**
 * A handler's database: one tenant, one transaction, at most one connection at a time. It ends with the call; what is sent
 * afterwards is refused. Errors are `DatabaseError`s, which the layer makes into what an agent can act on.
 */
export interface TenantDb {
  /** Runs a statement in the call's transaction. */
  readonly sql: Sql;
  /** The same, with values as Postgres wrote them: for adapters of query builders. */
  statement(text: string, params?: readonly unknown[]): Promise<RawResult>;
  /**
   * Runs `work` in a short transaction of its own, committed when it returns, whatever becomes of the call: for what a phased
   * tool records before and after an effect elsewhere, so that no connection waits for that. One at a time, and refused once
   * the call's own transaction is open; in another write too, whose rows are saved with its effect or not at all.
   */
  apart<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * Has `work` run when the call has failed, after its own transaction was rolled back: for what must be known of an effect
   * elsewhere whatever becomes of the call, its commit included. What it throws is dropped.
   */
  afterFailure(work: (failure: CallFailure) => Promise<void>): void;
  /**
   * Has a statement run as the last of the call's transaction, when nothing that the handler sent is let in any more: it is
   * saved with the effect, or neither is. For layers.
   */
  atCommit(text: string, params: readonly unknown[]): void;
  /** Whether the call's own transaction is READ ONLY. */
  readonly readOnly: boolean;
  /** Runs a free-form query as the login that may only read. Refused once the call's own transaction is open. */
  query(text: string, limits: QueryLimits): Promise<QueryResult>;
}

/** A call that failed, for whoever has something to keep of it. */
export interface CallFailure {
  /** What the caller is answered. */
  readonly error: unknown;
  /** {@link TenantDb.apart}, with ten seconds of its own that neither an abort nor the call's deadline ends. */
  readonly apart: TenantDb['apart'];
}

/** What kind of call it is. */
export interface CallKind {
  /** Whether its effect is elsewhere. */
  readonly phased: boolean;
  /** How long what is kept of a call may take when its own time is over. */
  readonly afterwardsMs: number;
}

/** The handle of one call. Its transaction is opened by the first statement. */
export class CallDb implements TenantDb {
  readonly sql: Sql = sqlOn({ statement: (text, params) => this.#run(text, params) });
  readonly #database: Database;
  readonly #scope: Scope;
  readonly #kind: CallKind;
  readonly #afterFailure: ((failure: CallFailure) => Promise<void>)[] = [];
  readonly #last = new LastStatements();
  #transaction: Promise<Transaction> | undefined;
  /** Settles with what is at work apart. */
  #apart: Promise<unknown> | undefined;
  #ended = false;

  constructor(database: Database, scope: Scope, kind: CallKind) {
    this.#database = database;
    this.#scope = scope;
    this.#kind = kind;
  }

  get readOnly(): boolean {
    return this.#scope.readOnly === true;
  }

  statement(text: string, params: readonly unknown[] = []): Promise<RawResult> {
    return shielded(this.#checked(text, params));
  }

  apart<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return shielded(
      this.#other('apart', () => {
        if (!this.#kind.phased && !this.readOnly)
          throw new Error('apart: only a phased write has transactions apart from its effect');
        return this.#database.transaction(this.#scope, work);
      }),
    );
  }

  query(text: string, limits: QueryLimits): Promise<QueryResult> {
    return shielded(this.#other('query', () => this.#database.query(this.#scope, text, limits)));
  }

  atCommit(text: string, params: readonly unknown[]): void {
    this.#assertOpen();
    this.#last.add(text, params);
  }

  afterFailure(work: (failure: CallFailure) => Promise<void>): void {
    this.#assertOpen();
    this.#afterFailure.push(work);
  }

  /**
   * Ends the call's transaction with its effect. What is to be kept of an effect that was none of the database's is saved all
   * the same, in a transaction with time of its own. Does nothing when there is nothing to save.
   */
  async commit(): Promise<void> {
    await this.#end();
    if (this.#transaction === undefined && this.#last.any) this.#transaction = this.#database.open(this.#afterwards());
    const transaction = await this.#transaction;
    await transaction?.commit(this.#last.any ? (session) => this.#last.run(session) : undefined);
  }

  /** Ends it without effect. Never throws. */
  async rollback(): Promise<void> {
    await this.#end();
    await this.#transaction?.then(
      (transaction) => transaction.rollback(),
      () => undefined,
    );
  }

  /** The same, and lets those who asked for it keep what they have to, each with time of its own. Never throws. */
  async fail(error: unknown): Promise<void> {
    await this.rollback();
    const scope = this.#afterwards();
    const apart: TenantDb['apart'] = (work) => this.#database.transaction(scope, work);
    for (const work of this.#afterFailure) await work({ error, apart }).catch(() => undefined);
  }

  /** Time that neither an abort nor the call's deadline ends. */
  #afterwards(): Scope {
    const { signal } = new AbortController();
    const { afterwardsMs } = this.#kind;
    return { ...this.#scope, patient: true, priority: 'critical', signal, remainingMs: () => afterwardsMs };
  }

  /** Lets nothing new in, and waits for what nobody awaited. */
  async #end(): Promise<void> {
    this.#ended = true;
    await this.#apart;
  }

  async #checked(text: string, params: readonly unknown[]): Promise<RawResult> {
    assertNoTransactionControl(text);
    return this.#run(text, params.map(encodeParameter));
  }

  async #run(text: string, params?: readonly (string | null)[]): Promise<RawResult> {
    this.#assertOpen();
    if (this.#apart !== undefined)
      throw new Error('the call is at work in a transaction apart, and has one connection at a time');
    this.#transaction ??= this.#database.open(this.#scope);
    return (await this.#transaction).session.statement(text, params);
  }

  async #other<T>(what: string, run: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.#transaction !== undefined) {
      throw new Error(`${what}: the call's own transaction is open, and a call has one connection at a time`);
    }
    if (this.#apart !== undefined) {
      throw new Error(`${what}: the call is at work in a transaction apart, and has one connection at a time`);
    }
    const work = run();
    this.#apart = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await work;
    } finally {
      this.#apart = undefined;
    }
  }

  #assertOpen(): void {
    if (this.#ended) throw new Error('the call has ended, and its transaction with it');
  }
}
