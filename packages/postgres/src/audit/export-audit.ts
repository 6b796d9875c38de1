import { canonicalJson } from '@sallyport/core';
import type { Session } from '../session.js';
import { atSql } from './audit-source.js';

/** Which entries to export. Each that is given must hold. */
export interface ExportFilter {
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
  readonly tool?: string | undefined;
  /** ISO 8601, inclusive. */
  readonly since?: string | undefined;
  /** ISO 8601, exclusive. */
  readonly until?: string | undefined;
}

const page = 1_000;

/**
 * The sealed entries as JSON Lines, in the order of arrival: place and hash in the chain, time, tenant and the entry itself.
 * Read a page at a time, as the auditor's login.
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
  const { tenant = null, agent = null, tool = null, since = null, until = null } = filter;
  for (let after = '0'; ; ) {
    const { rows } = await session.statement(
      `SELECT e.id, e.tenant, ${atSql}, c.seq, c.hash, e.entry
       FROM sallyport.audit_entries e JOIN sallyport.audit_chain c ON c.entry_id = e.id
       WHERE e.id > $1 AND ($2::text IS NULL OR e.tenant = $2) AND ($3::text IS NULL OR e.entry::json ->> 'agent' = $3)
         AND ($4::text IS NULL OR e.entry::json ->> 'tool' = $4) AND ($5::timestamptz IS NULL OR e.at >= $5)
         AND ($6::timestamptz IS NULL OR e.at < $6)
       ORDER BY e.id LIMIT ${page}`,
      [after, tenant, agent, tool, since, until],
    );
    for (const [id, own, at, seq, hash, entry] of rows) {
      after = id ?? '';
      yield canonicalJson({ id, tenant: own, at, seq: Number(seq), hash, entry: JSON.parse(entry ?? 'null') });
    }
    if (rows.length < page) return;
  }
}
