import type { TenantDb } from './call-db.js';
import type { Database, Sql } from './database.js';
import { LastStatements } from './last-statements.js';
import type { RawResult, Session } from './session.js';
import { shielded } from './shielded.js';
import type { Transaction } from './transaction.js';
import { assertNoTransactionControl } from './values/assert-no-transaction-control.js';
import { encodeParameter } from './values/encode-parameter.js';
import { sqlOn } from './values/sql-on.js';

/** The transaction that holds a call's key, effect and result. The store that opened it ends it. */
export class EffectTransaction {
  readonly #database: Database;
  readonly #transaction: Transaction;
  readonly #last = new LastStatements();

  constructor(database: Database, transaction: Transaction) {
    this.#database = database;
    this.#transaction = transaction;
  }

  /** Runs what is to be the last of it. */
  runLast(session: Session): Promise<void> {
    return this.#last.run(session);
  }

  /** The handler's handle on it. Throws when it is of another database: effect and result would not be saved together. */
  dbFor(database: Database): TenantDb {
    if (database !== this.#database) {
      throw new Error('the idempotency store and tenantDb were given different databases: give both the same');
    }
    const { session } = this.#transaction;
    return {
      sql: sqlOn(session) satisfies Sql,
      readOnly: false,
      statement: (text, params = []) => shielded(statementOn(session, text, params)),
      atCommit: (text, params) => this.#last.add(text, params),
      apart: () => Promise.reject(oneTransaction('apart')),
      afterFailure() {
        throw oneTransaction('afterFailure');
      },
      query: () => Promise.reject(oneTransaction('query')),
    };
  }
}

async function statementOn(session: Session, text: string, params: readonly unknown[]): Promise<RawResult> {
  assertNoTransactionControl(text);
  return session.statement(text, params.map(encodeParameter));
}

function oneTransaction(what: string): Error {
  return new Error(`${what}: a transactional tool has one transaction, which holds its key, effect and result`);
}
