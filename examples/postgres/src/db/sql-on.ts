import type { Sql } from './database.js';
import { decodeValue } from './decode-value.js';
import { encodeParameter } from './encode-parameter.js';
import type { Session } from './session.js';

/** The `sql` that a transaction's work is given. */
export function sqlOn(session: Session): Sql {
  return async <Row>(text: string, params: readonly unknown[] = []) => {
    const { columns, rows } = await session.statement(text, params.map(encodeParameter));
    return rows.map(
      (row) => Object.fromEntries(columns.map(({ name, oid }, i) => [name, decodeValue(oid, row[i] ?? null)])) as Row,
    );
  };
}
