import { checkedUsageQuery, type UsageQuery, type UsageRow } from '@sallyport/core';
import type { Session } from '../session.js';

const names = {
  agent: ['tenant', 'issuer', 'agent'],
  tenant: ['tenant'],
  tool: ['tool'],
} as const satisfies Record<UsageQuery['by'], readonly (keyof UsageRow)[]>;

const totals = ['calls', 'handler_ms', 'input_tokens', 'output_tokens', 'cost'];

/**
 * The top spenders in a range of days, as the auditor's login sees them: the `read` of a `UsageStore`. Throws a `RangeError` for a
 * query that names no days, otherwise a `DatabaseError`.
 *
 * @example
 * ```ts
 * import { readUsage, withSession } from '@sallyport/postgres';
 *
 * const spenders = (url: string) =>
 *   withSession(url, 'usage', (session) =>
 *     readUsage(session, { from: '2026-11-01', to: '2026-11-26', by: 'agent', top: 10 }),
 *   );
 * ```
 */
export async function readUsage(session: Session, query: UsageQuery): Promise<UsageRow[]> {
  const { from, to, by, top, tenant } = checkedUsageQuery(query);
  const own = names[by];
  const sums = totals.map((column) => `sum(${column})::double precision AS ${column}`);
  // Names sort by their bytes, whatever the database's collation.
  const order = own.map((column) => `${column} COLLATE "C"`);
  const { rows } = await session.statement(
    `SELECT ${[...own, ...sums].join(', ')} FROM sallyport.usage
     WHERE day BETWEEN $1::date AND $2::date AND ($3::text IS NULL OR tenant = $3)
     GROUP BY ${own.join(', ')} ORDER BY cost DESC, calls DESC, ${order.join(', ')} LIMIT $4::bigint`,
    [from, to, tenant ?? null, String(top)],
  );
  return rows.map((row) => {
    const named = Object.fromEntries(own.map((name, at) => [name, row[at] ?? '']));
    const [calls = 0, handlerMs = 0, inputTokens = 0, outputTokens = 0, cost = 0] = row.slice(own.length).map(Number);
    return { ...named, calls, handlerMs, inputTokens, outputTokens, cost };
  });
}
