import type { QueryLimits, QueryResult } from '../database.js';
import { QueryRefused } from '../database-error.js';
import type { Session } from '../session.js';
import { decodeValue } from '../values/decode-value.js';
import { refusedQuery } from './refused-query.js';
import { ResultTooLarge } from './result-too-large.js';

/** Longer texts are refused: it bounds how deep an expression can nest in the server's parser. */
const maxTextLength = 10_000;
const maxBatchRows = 200;
/** What protocol and text format may add to the rows' JSON. */
const wireSlackBytes = 1024 * 1024;

/**
 * Runs one free-form query inside a transaction that the caller has opened READ ONLY, as the query role, bound to a tenant,
 * and will roll back. What it may do is decided by that role's permissions. Here it is only made sure that it is one query
 * and no other statement (a cursor, on the extended protocol), and that no more than the limits is fetched. `check` may
 * refuse a query that is known to be one, before it runs.
 */
export async function readOnlyQuery(
  session: Session,
  text: string,
  { maxRows, maxBytes }: QueryLimits,
  check: (session: Session, text: string) => Promise<void> = async () => {},
): Promise<QueryResult> {
  if (text.length > maxTextLength) throw new QueryRefused(`The query is longer than ${maxTextLength} characters.`);
  if (text.includes('\0')) throw new QueryRefused('The query holds a zero byte.');
  await session.statement(`DECLARE sallyport NO SCROLL CURSOR FOR ${text}`).catch(refusedQuery);
  await check(session, text);

  let columns: string[] = [];
  const rows: unknown[][] = [];
  let bytes = 0;
  for (let batch = 1; ; batch = nextBatch(batch, rows.length, bytes, maxBytes)) {
    const wanted = Math.min(batch, maxRows + 1 - rows.length);
    const fetched = await fetch(session, wanted, maxBytes + wireSlackBytes);
    if (fetched === 'too large') return truncated(columns, rows, maxBytes);

    columns = fetched.columns.map(({ name }) => name);
    for (const raw of fetched.rows) {
      const row = fetched.columns.map(({ oid }, i) => decodeValue(oid, raw[i] ?? null));
      bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (bytes > maxBytes) return truncated(columns, rows, maxBytes);
      if (rows.length === maxRows) return truncated(columns, rows, maxBytes);
      rows.push(row);
    }
    if (fetched.rows.length < wanted) return { columns, rows, truncated: false };
  }
}

async function fetch(session: Session, rows: number, maxBytes: number) {
  try {
    return await session.statement(`FETCH FORWARD ${rows} FROM sallyport`, [], maxBytes);
  } catch (error) {
    if (error instanceof ResultTooLarge) return 'too large';
    return refusedQuery(error);
  }
}

/** Small at first, so that wide rows are noticed before many of them are under way. */
function nextBatch(batch: number, rows: number, bytes: number, maxBytes: number): number {
  const fitting = Math.ceil((maxBytes - bytes) / Math.max(1, bytes / Math.max(1, rows)));
  return Math.max(1, Math.min(batch * 8, fitting + 1, maxBatchRows));
}

function truncated(columns: string[], rows: unknown[][], maxBytes: number): QueryResult {
  if (rows.length > 0) return { columns, rows, truncated: true };
  throw new QueryRefused(
    `The first row alone is larger than ${maxBytes} bytes. Select fewer columns, or a part of long values: left(column, 200).`,
  );
}
