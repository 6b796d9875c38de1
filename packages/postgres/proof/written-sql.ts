import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { openAgentSql } from './agent-sql.js';
import type { SeededLogin } from './seeded-logins.js';

/** What came of it: the queries, by what they did. */
export interface WrittenSqlReport {
  readonly asked: number;
  /** Neither answered nor refused. */
  readonly broken: readonly string[];
  /** Whose answer held something of the other tenant. */
  readonly foreign: readonly string[];
  /** After which a row or relation of the database was another than before. */
  readonly written: readonly string[];
  /** After which there was a lock, a setting or the like on their connection that was not there before. */
  readonly left: readonly string[];
}

/** Runs texts one after the other as the SQL of an agent of `acme`, and looks after each at what it did. */
export async function askWritten(
  shop: ShopOnServer,
  texts: readonly string[],
  seeded?: SeededLogin,
): Promise<WrittenSqlReport> {
  const sql = await openAgentSql(shop, 1, seeded);
  const report = { broken: [] as string[], foreign: [] as string[], written: [] as string[], left: [] as string[] };
  try {
    let [state, there] = [await sql.state(), await sql.left()];
    for (const text of texts) {
      const { end, isForeign } = await sql.ask(text);
      const [nextState, nextThere] = [await sql.state(), await sql.left()];
      if (end === 'broken') report.broken.push(text);
      if (isForeign) report.foreign.push(text);
      if (nextState !== state) report.written.push(text);
      if (nextThere.some((found) => !there.includes(found))) report.left.push(text);
      [state, there] = [nextState, nextThere];
    }
    return { asked: texts.length, ...report };
  } finally {
    await sql.close();
  }
}
