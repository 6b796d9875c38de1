import type { Sql } from './database.js';
import { decodeValue } from './decode-value.js';
import { encodeParameter } from './encode-parameter.js';
import type { RawResult, Session } from './session.js';

/** The `sql` that a transaction's work is given. */
export function sqlOn(session: Session): Sql {
  return <Row>(text: string, params: readonly unknown[] = []) => {
    const rows = rowsOf<Row>(session.statement(text, params.map(encodeParameter)));
    // Work that was interrupted, or forgot to await, must not end the process; the commit fails all the same.
    rows.catch(() => undefined);
    return rows;
  };
}

async function rowsOf<Row>(result: Promise<RawResult>): Promise<Row[]> {
  const { columns, rows } = await result;
  return rows.map(
    (row) => Object.fromEntries(columns.map(({ name, oid }, i) => [name, decodeValue(oid, row[i] ?? null)])) as Row,
  );
}
