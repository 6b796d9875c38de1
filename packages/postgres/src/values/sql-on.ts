import type { Sql } from '../database.js';
import type { RawResult, Session } from '../session.js';
import { shielded } from '../shielded.js';
import { assertNoTransactionControl } from './assert-no-transaction-control.js';
import { decodeValue } from './decode-value.js';
import { encodeParameter } from './encode-parameter.js';

/** The `sql` that a transaction's work is given. */
export function sqlOn(session: Pick<Session, 'statement'>): Sql {
  return <Row>(text: string, params: readonly unknown[] = []) => shielded(rowsOf<Row>(session, text, params));
}

async function rowsOf<Row>(
  session: Pick<Session, 'statement'>,
  text: string,
  params: readonly unknown[],
): Promise<Row[]> {
  assertNoTransactionControl(text);
  const { columns, rows }: RawResult = await session.statement(text, params.map(encodeParameter));
  return rows.map(
    (row) => Object.fromEntries(columns.map(({ name, oid }, i) => [name, decodeValue(oid, row[i] ?? null)])) as Row,
  );
}
