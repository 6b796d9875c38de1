import type { Session } from '../session.js';
import type { StoredEntry } from './chain-hash.js';
import type { Checkpoint } from './checkpoint.js';

/** A place of a chain, and the entry it names; without one the entry is gone. */
export interface ChainRow {
  readonly seq: number;
  readonly entryId: string;
  readonly hash: string;
  readonly entry: StoredEntry | undefined;
}

/** The trail as it lies in the database, for whoever verifies or exports it. */
export interface AuditSource {
  /** Every tenant with a chain or a checkpoint. */
  tenants(): Promise<readonly string[]>;
  /** A tenant's chain in order. */
  chain(tenant: string): AsyncIterable<ChainRow>;
  checkpoints(tenant: string): Promise<readonly Checkpoint[]>;
  /** Entries that are neither in a chain nor waiting for it. */
  strays(): AsyncIterable<string>;
}

const page = 1_000;

/** How `at` is written, and hashed: independent of the session's settings. */
export const atSql = `to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The trail in a database, read as the auditor's login, a page at a time. */
export function auditSource(session: Session): AuditSource {
  return {
    async tenants() {
      const { rows } = await session.statement(
        `SELECT tenant FROM sallyport.audit_chain GROUP BY tenant
         UNION SELECT tenant FROM sallyport.audit_checkpoints GROUP BY tenant ORDER BY 1`,
      );
      return rows.map(([tenant]) => tenant ?? '');
    },
    async *chain(tenant) {
      for (let after = 0; ; ) {
        const { rows } = await session.statement(
          `SELECT c.seq, c.entry_id, c.hash, e.id, e.tenant, ${atSql}, e.entry
           FROM sallyport.audit_chain c LEFT JOIN sallyport.audit_entries e ON e.id = c.entry_id
           WHERE c.tenant = $1 AND c.seq > $2 ORDER BY c.seq LIMIT ${page}`,
          [tenant, String(after)],
        );
        for (const [seq, entryId, hash, id, own, at, entry] of rows) {
          after = Number(seq);
          yield {
            seq: after,
            entryId: entryId ?? '',
            hash: hash ?? '',
            entry:
              id === null || id === undefined ? undefined : { id, tenant: own ?? '', at: at ?? '', entry: entry ?? '' },
          };
        }
        if (rows.length < page) return;
      }
    },
    async checkpoints(tenant) {
      const { rows } = await session.statement(
        'SELECT seq, hash, at, key_id, signature FROM sallyport.audit_checkpoints WHERE tenant = $1 ORDER BY seq',
        [tenant],
      );
      return rows.map(([seq, hash, at, keyId, signature]) => ({
        tenant,
        seq: Number(seq),
        hash: hash ?? '',
        at: at ?? '',
        keyId: keyId ?? '',
        signature: signature ?? '',
      }));
    },
    async *strays() {
      for (let after = '0'; ; ) {
        const { rows } = await session.statement(
          `SELECT e.id FROM sallyport.audit_entries e
           WHERE e.id > $1 AND NOT EXISTS (SELECT FROM sallyport.audit_chain c WHERE c.entry_id = e.id)
             AND NOT EXISTS (SELECT FROM sallyport.audit_waiting w WHERE w.id = e.id)
           ORDER BY e.id LIMIT ${page}`,
          [after],
        );
        for (const [id] of rows) {
          after = id ?? '';
          yield after;
        }
        if (rows.length < page) return;
      }
    },
  };
}
