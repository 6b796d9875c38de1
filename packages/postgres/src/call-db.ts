import type { Database, QueryLimits, QueryResult, Sql } from './database.js';
import type { Scope } from './scope.js';
import type { RawResult } from './session.js';
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
   * tool records before and after an effect elsewhere, so that no connection waits for that. Refused once the call's own
   * transaction is open.
   */
  apart<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * Has `work` run when the call has failed, after its own transaction was rolled back: for what must be known of an effect
   * elsewhere whatever becomes of the call, its commit included. What it throws is dropped.
   */
  afterFailure(work: (failure: CallFailure) => Promise<void>): void;
  /** Whether the call's own transaction is open. */
  readonly open: boolean;
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

/** The handle of one call. Its transaction is opened by the first statement. */
export class CallDb implements TenantDb {
  readonly sql: Sql = sqlOn({ statement: (text, params) => this.#run(text, params) });
  readonly #database: Database;
  readonly #scope: Scope;
  readonly #afterFailure: ((failure: CallFailure) => Promise<void>)[] = [];
  #transaction: Promise<Transaction> | undefined;
  #others = 0;
  #ended = false;

  constructor(database: Database, scope: Scope) {
    this.#database = database;
    this.#scope = scope;
  }

  get open(): boolean {
    return this.#transaction !== undefined;
  }

  get readOnly(): boolean {
    return this.#scope.readOnly === true;
  }

  async statement(text: string, params: readonly unknown[] = []): Promise<RawResult> {
    assertNoTransactionControl(text);
    return this.#run(text, params.map(encodeParameter));
  }

  apart<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#other('apart', () => this.#database.transaction(this.#scope, work));
  }

  query(text: string, limits: QueryLimits): Promise<QueryResult> {
    return this.#other('query', () => this.#database.query(this.#scope, text, limits));
  }

  afterFailure(work: (failure: CallFailure) => Promise<void>): void {
    this.#assertOpen();
    this.#afterFailure.push(work);
  }

  /** Ends the call's transaction with its effect. Does nothing when there was no statement. */
  async commit(): Promise<void> {
    this.#ended = true;
    await (await this.#transaction)?.commit();
  }

  /** Ends it without, and lets those who asked for it keep what they have to, within `afterwardsMs` each. Never throws. */
  async fail(error: unknown, afterwardsMs: number): Promise<void> {
    this.#ended = true;
    await this.#transaction?.then(
      (transaction) => transaction.rollback(),
      () => undefined,
    );
    const { signal } = new AbortController();
    const waits = { patient: true, priority: 'critical' } as const;
    const scope: Scope = { ...this.#scope, ...waits, signal, remainingMs: () => afterwardsMs };
    const apart: TenantDb['apart'] = (work) => this.#database.transaction(scope, work);
    for (const work of this.#afterFailure) await work({ error, apart }).catch(() => undefined);
  }

  async #run(text: string, params?: readonly (string | null)[]): Promise<RawResult> {
    this.#assertOpen();
    if (this.#others > 0)
      throw new Error('the call is at work in a transaction apart, and has one connection at a time');
    this.#transaction ??= this.#database.open(this.#scope);
    return (await this.#transaction).session.statement(text, params);
  }

  async #other<T>(what: string, run: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.#transaction !== undefined) {
      throw new Error(`${what}: the call's own transaction is open, and a call has one connection at a time`);
    }
    this.#others += 1;
    try {
      return await run();
    } finally {
      this.#others -= 1;
    }
  }

  #assertOpen(): void {
    if (this.#ended) throw new Error('the call has ended, and its transaction with it');
  }
}
