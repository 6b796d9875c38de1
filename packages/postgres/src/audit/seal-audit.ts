import { DatabaseError } from '../database-error.js';
import type { Session } from '../session.js';
import { atSql } from './audit-source.js';
import { chainHash, chainStart, type StoredEntry } from './chain-hash.js';
import type { Checkpoint, CheckpointSigner } from './checkpoint.js';

const batch = 1_000;
const attempts = 10;

/**
 * Puts every entry that waits into its tenant's chain, in the order of arrival, and signs the new heads; a thousand entries to
 * a transaction. Resolves to the checkpoints it made: keep them elsewhere too. Any number of sealers may run; one at a time
 * gets anywhere.
 *
 * @example
 * ```ts
 * import { checkpointSigner, sealAudit, withSession } from '@sallyport/postgres';
 *
 * const seal = (url: string, privateKeyPem: string) =>
 *   withSession(url, 'seal', (session) => sealAudit(session, checkpointSigner(privateKeyPem)));
 * ```
 */
export async function sealAudit(
  session: Session,
  signer: CheckpointSigner,
  now = () => new Date(),
): Promise<Checkpoint[]> {
  const made: Checkpoint[] = [];
  for (;;) {
    const { sealed, checkpoints } = await sealBatch(session, signer, now);
    made.push(...checkpoints);
    if (sealed < batch) return made;
  }
}

interface Batch {
  readonly sealed: number;
  readonly checkpoints: readonly Checkpoint[];
}

async function sealBatch(session: Session, signer: CheckpointSigner, now: () => Date): Promise<Batch> {
  for (let attempt = 1; ; attempt += 1) {
    await session.script('BEGIN ISOLATION LEVEL READ COMMITTED');
    try {
      const done = await sealWaiting(session, signer, now().toISOString());
      await session.script('COMMIT');
      return done;
    } catch (error) {
      await session.script('ROLLBACK');
      // Another sealer took the place.
      const raced = error instanceof DatabaseError && error.sqlState === '23505';
      if (!raced || attempt === attempts) throw error;
    }
  }
}

async function sealWaiting(session: Session, signer: CheckpointSigner, at: string): Promise<Batch> {
  const { rows: taken } = await session.statement(
    `DELETE FROM sallyport.audit_waiting
     WHERE id IN (SELECT id FROM sallyport.audit_waiting ORDER BY id LIMIT ${batch}) RETURNING id`,
  );
  if (taken.length === 0) return { sealed: 0, checkpoints: [] };
  const { rows } = await session.statement(
    `SELECT e.id, e.tenant, ${atSql}, e.entry FROM sallyport.audit_entries e WHERE e.id = ANY ($1::bigint[]) ORDER BY e.id`,
    [`{${taken.map(([id]) => id).join()}}`],
  );
  const entries = rows.map(
    ([id, tenant, time, entry]): StoredEntry => ({
      id: id ?? '',
      tenant: tenant ?? '',
      at: time ?? '',
      entry: entry ?? '',
    }),
  );
  const heads = await headsOf(session, new Set(entries.map(({ tenant }) => tenant)));
  const places = entries.map((entry) => {
    const { seq, hash } = heads.get(entry.tenant) ?? { seq: 0, hash: chainStart };
    const next = { seq: seq + 1, hash: chainHash(hash, seq + 1, entry) };
    heads.set(entry.tenant, next);
    return { tenant: entry.tenant, entry_id: entry.id, ...next };
  });
  await session.statement(
    `INSERT INTO sallyport.audit_chain (tenant, seq, entry_id, hash)
     SELECT tenant, seq, entry_id, hash FROM json_to_recordset($1) AS r (tenant text, seq bigint, entry_id bigint, hash text)`,
    [JSON.stringify(places)],
  );
  const checkpoints = [...heads].map(([tenant, head]) => signer({ tenant, ...head, at }));
  await session.statement(
    `INSERT INTO sallyport.audit_checkpoints (tenant, seq, hash, at, key_id, signature)
     SELECT tenant, seq, hash, at, "keyId", signature FROM json_to_recordset($1)
       AS r (tenant text, seq bigint, hash text, at text, "keyId" text, signature text)`,
    [JSON.stringify(checkpoints)],
  );
  return { sealed: entries.length, checkpoints };
}

async function headsOf(
  session: Session,
  tenants: ReadonlySet<string>,
): Promise<Map<string, { seq: number; hash: string }>> {
  const { rows } = await session.statement(
    `SELECT t.tenant, c.seq, c.hash FROM json_array_elements_text($1) AS t (tenant)
     CROSS JOIN LATERAL (
       SELECT seq, hash FROM sallyport.audit_chain WHERE tenant = t.tenant ORDER BY seq DESC LIMIT 1
     ) c`,
    [JSON.stringify([...tenants])],
  );
  return new Map(rows.map(([tenant, seq, hash]) => [tenant ?? '', { seq: Number(seq), hash: hash ?? '' }]));
}
