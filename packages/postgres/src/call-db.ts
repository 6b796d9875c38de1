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
  /** Whether the call's own transaction is open. */
  readonly open: boolean;
  /** Runs a free-form query as the login that may only read. Refused once the call's own transaction is open. */
  query(text: string, limits: QueryLimits): Promise<QueryResult>;
}

/** The handle of one call. Its transaction is opened by the first statement. */
export class CallDb implements TenantDb {
  readonly sql: Sql = sqlOn({ statement: (text, params) => this.#run(text, params) });
  readonly #database: Database;
  readonly #scope: Scope;
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

  /** Ends the call's transaction with its effect. Does nothing when there was no statement. */
  async commit(): Promise<void> {
    this.#ended = true;
    await (await this.#transaction)?.commit();
  }

  /** Ends it without. Never throws. */
  async rollback(): Promise<void> {
    this.#ended = true;
    await this.#transaction?.then(
      (transaction) => transaction.rollback(),
      () => undefined,
    );
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
