import fc from 'fast-check';
import { generatedQuery } from '../test-rig/generated-queries.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { openAgentSql } from './agent-sql.js';
import type { SeededLogin } from './seeded-logins.js';

/** How many, and which. */
export interface GeneratedSqlOptions {
  readonly queries: number;
  readonly seed: number;
  /** The bug that must be found. */
  readonly seeded?: SeededLogin;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface GeneratedSqlReport {
  readonly queries: number;
  /** Queries that were answered with rows; the others were refused. */
  readonly answered: number;
  readonly refused: number;
  /** Queries that ended in any other way than these two. */
  readonly broken: readonly string[];
  /** Queries whose answer held something of the other tenant. */
  readonly foreign: readonly string[];
  /** Whether any row or relation of the database is another than before. */
  readonly written: boolean;
  /** Locks, settings and the like that were left on a connection, with a query of those after which they were found. */
  readonly left: readonly string[];
}

/** Between two looks at what they left. */
const batch = 200;
const connections = 3;

/**
 * Runs generated texts, honest to hostile, as the SQL of an agent of `acme`. After each batch it looks for what they left on
 * their connections; at the end, at every row there is.
 */
export async function askGenerated(shop: ShopOnServer, options: GeneratedSqlOptions): Promise<GeneratedSqlReport> {
  const { queries, seed, seeded, progress = () => {} } = options;
  const sql = await openAgentSql(shop, connections, seeded);
  const broken: string[] = [];
  const foreign: string[] = [];
  const left = new Set<string>();
  let [asked, answered, refused] = [0, 0, 0];

  const ask = async (text: string): Promise<void> => {
    const { end, isForeign } = await sql.ask(text);
    if (end === 'refused') refused += 1;
    else if (end === 'answered') answered += 1;
    else broken.push(text);
    if (isForeign) foreign.push(text);
  };
  try {
    const before = await sql.state();
    const fresh = await sql.left();
    for (let i = 0; asked < queries; i += 1) {
      const texts = fc.sample(generatedQuery, { numRuns: Math.min(batch, queries - asked), seed: seed + i });
      await Promise.all(texts.map(ask));
      asked += texts.length;
      for (const found of await sql.left()) if (!fresh.includes(found)) left.add(`${found} after ${texts[0]}`);
      if (asked % 5_000 === 0) progress(`${asked} of ${queries} queries, ${answered} answered, ${refused} refused`);
    }
    const written = (await sql.state()) !== before;
    return { queries: asked, answered, refused, broken, foreign, written, left: [...left] };
  } finally {
    await sql.close();
  }
}
