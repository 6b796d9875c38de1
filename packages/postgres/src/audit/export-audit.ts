import { canonicalJson } from '@sallyport/core';
import type { Session } from '../session.js';
import { atSql } from './audit-source.js';
import { auditTime } from './audit-time.js';

/** Which entries to export. Each that is given must hold. */
export interface ExportFilter {
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
  readonly tool?: string | undefined;
  /** ISO 8601 with a zone, or a day, which begins in UTC. Inclusive. */
  readonly since?: string | undefined;
  /** The same, exclusive. */
  readonly until?: string | undefined;
}

const page = 1_000;

/**
 * The sealed entries as JSON Lines, in the order of arrival: place and hash in the chain, time, tenant and the entry itself.
 * An entry that is no JSON, which the framework never writes, is a text, and whatever agent or tool is asked for it is there.
 * Times are ISO 8601 in UTC, with a Z. Read a page at a time, as the auditor's login. Throws a `TypeError` for a time that is none.
 *
 * @example
 * ```ts
 * import { exportAudit, withSession } from '@sallyport/postgres';
 *
 * const print = (url: string) =>
 *   withSession(url, 'export', async (session) => {
 *     for await (const line of exportAudit(session, { tenant: 'acme' })) console.log(line);
 *   });
 * ```
 */
export async function* exportAudit(session: Session, filter: ExportFilter = {}): AsyncIterable<string> {
  const { tenant = null, agent = null, tool = null } = filter;
  const [since, until] = [filter.since, filter.until].map((time) => (time === undefined ? null : auditTime(time)));
  for (let after = '0'; ; ) {
    const { rows } = await session.statement(
      `SELECT e.id, e.tenant, ${atSql}, c.seq, c.hash, e.entry
       FROM sallyport.audit_entries e JOIN sallyport.audit_chain c ON c.entry_id = e.id
       WHERE e.id > $1 AND ($2::text IS NULL OR e.tenant = $2)
         AND ($3::timestamptz IS NULL OR e.at >= $3) AND ($4::timestamptz IS NULL OR e.at < $4)
       ORDER BY e.id LIMIT ${page}`,
      [after, tenant, since ?? null, until ?? null],
    );
    for (const [id, own, at, seq, hash, text] of rows) {
      after = id ?? '';
      const entry = entryOf(text ?? '');
      if (isWanted(entry, { agent, tool })) {
        yield canonicalJson({ id, tenant: own, at, seq: Number(seq), hash, entry });
      }
    }
    if (rows.length < page) return;
  }
}

/** Not looked into by Postgres: its JSON refuses texts that older entries hold, and one of them would end every export. */
function entryOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isWanted(entry: unknown, wanted: Readonly<Record<'agent' | 'tool', string | null>>): boolean {
  if (typeof entry !== 'object' || entry === null) return true;
  const own = entry as Readonly<Record<string, unknown>>;
  return (['agent', 'tool'] as const).every((name) => wanted[name] === null || own[name] === wanted[name]);
}
