import { QueryRefused } from '../database-error.js';
import type { Session } from '../session.js';
import { refusedQuery } from './refused-query.js';

/** In the planner's units: a few seconds of the embedded database, many times any query over the sample data. */
const maxCost = 200_000;

/**
 * Refuses a query that the planner expects to run for long, or that recurses, before it runs. For the embedded database only,
 * where everybody waits while a statement runs, and which must restart to end one. It is an estimate, so it catches the
 * accident, not the intent; a real Postgres has `statement_timeout`.
 */
export async function refuseCostlyPlan(session: Session, text: string): Promise<void> {
  const { rows } = await session.statement(`EXPLAIN (FORMAT JSON) ${text}`).catch(refusedQuery);
  const explained = rows[0]?.[0] ?? '';
  const cost = Number(/"Total Cost": ([\d.]+)/.exec(explained)?.[1]);
  if (explained.includes('"Node Type": "Recursive Union"')) {
    throw new QueryRefused(
      'Recursive queries are refused by the embedded database, where everybody would wait for one that never ends.',
    );
  }
  if (!(cost <= maxCost)) {
    throw new QueryRefused(
      'The query is expected to run too long for the embedded database. Join or generate fewer rows.',
    );
  }
}
