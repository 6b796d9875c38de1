import pg from 'pg';
import type { TenantDb } from './call-db.js';
import { DatabaseError } from './database-error.js';
import { type Nested, nestedTransaction } from './nested-transaction.js';

/** A query as query builders give it to a client of `pg`. */
export interface OrmQuery {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly rowMode?: string | undefined;
  readonly types?: { getTypeParser(oid: number, format?: 'text'): (value: string) => unknown } | undefined;
}

/** What came back, as `pg` gives it. */
export interface OrmResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
  /** The first word of the command tag. */
  readonly command: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE';
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** What query builders use of a connection of `pg`. */
export interface OrmClient {
  query<Row = Record<string, unknown>>(query: string | OrmQuery, values?: readonly unknown[]): Promise<OrmResult<Row>>;
  /** Throws: a cursor would outlive the statement it came from. */
  query(cursor: OrmCursor): never;
  connect(): Promise<OrmClient>;
  release(): void;
  end(): Promise<void>;
  readonly options: object;
}

/** What query builders stream with. */
export interface OrmCursor {
  read(rows: number): unknown;
  close(): unknown;
}

/**
 * The call's transaction as what Drizzle, Kysely and other builders take for a connection, or a pool, of `pg`. Everything they
 * send runs in the call's transaction, for its tenant; a transaction of their own becomes a savepoint in it, and is refused
 * with a `DatabaseError` when it is to be run otherwise: READ ONLY where the call's writes, with an isolation level other than
 * READ COMMITTED, or while another one of them is open. What is sent beside it, through whichever handle, is part of it. Values
 * are parsed as `pg` parses them.
 *
 * @example
 * ```ts
 * import { ormClient, type TenantDb } from '@sallyport/postgres';
 * import { Kysely, PostgresDialect } from 'kysely';
 *
 * interface Shop {
 *   invoices: { id: number; amount_cents: number };
 * }
 * const invoices = (db: TenantDb) => {
 *   const builder = new Kysely<Shop>({ dialect: new PostgresDialect({ pool: ormClient(db) }) });
 *   return builder.selectFrom('invoices').selectAll().execute();
 * };
 * ```
 */
export function ormClient(db: TenantDb): OrmClient {
  const run = async <Row>(query: string | OrmQuery, given?: readonly unknown[]): Promise<OrmResult<Row>> => {
    const {
      text,
      values = [],
      rowMode,
      types = pg.types,
    }: OrmQuery = typeof query === 'string' ? { text: query } : query;
    const nested = nestedTransaction(text, db.readOnly);
    const send = () => db.statement(nested?.text ?? text, given ?? values);
    const { columns, rows, command, affectedRows } = await (nested === undefined ? send() : inTurn(db, nested, send));
    const parsers = columns.map(({ oid }) => types.getTypeParser(oid, 'text'));
    const parsed = rows.map((row) => row.map((value, i) => (value === null ? null : parsers[i]?.(value))));
    return {
      rows: (rowMode === 'array'
        ? parsed
        : parsed.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))) as Row[],
      rowCount: columns.length > 0 ? rows.length : affectedRows,
      command: command as OrmResult<Row>['command'],
      fields: columns.map(({ name, oid }) => ({ name, dataTypeID: oid })),
    };
  };
  const client: OrmClient = {
    query<Row>(query: string | OrmQuery | OrmCursor, values?: readonly unknown[]): never {
      if (typeof query === 'object' && !('text' in query))
        throw new TypeError('cursors are not for the transaction of a call');
      // The second overload has no value: `never` is that of both.
      return run<Row>(query, values) as never;
    },
    options: {},
    connect: async () => client,
    release() {},
    async end() {},
  };
  return client;
}

/** In whose transaction one of a builder is open. */
const nesting = new WeakSet<TenantDb>();

/** Two at once would undo each other: they share one savepoint, as they share one connection. */
async function inTurn<T>(db: TenantDb, { opens }: Nested, send: () => Promise<T>): Promise<T> {
  if (!opens) {
    const ended = await send();
    nesting.delete(db);
    return ended;
  }
  if (nesting.has(db)) {
    const message = 'A transaction of a query builder is open in this call: begin the next when it has ended.';
    throw new DatabaseError('statement', message, { sqlState: '25001' });
  }
  nesting.add(db);
  try {
    return await send();
  } catch (error) {
    nesting.delete(db);
    throw error;
  }
}
