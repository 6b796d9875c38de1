import { DatabaseError } from '../database-error.js';
import type { Session } from '../session.js';
import { atSql } from './audit-source.js';
import { chainHash, chainStart, type StoredEntry } from './chain-hash.js';
import type { Checkpoint, CheckpointSigner } from './checkpoint.js';
import { UntrustedHead } from './untrusted-head.js';

const batch = 1_000;
const attempts = 10;

/** What can be said to a sealer. */
export interface SealOptions {
  /** Whether a checkpoint was signed by a key of before. Those of the signer's own key are always trusted. Default none. */
  readonly isSigned?: (checkpoint: Checkpoint) => boolean;
  /** Told after each transaction how many entries were sealed so far. */
  readonly progress?: (entries: number) => void;
  /** The time of the checkpoints. */
  readonly now?: () => Date;
}

/** What a sealer did. */
export interface Sealed {
  /** The new heads: keep them elsewhere too. */
  readonly checkpoints: readonly Checkpoint[];
  /** The tenants whose entries wait on, because their chain does not end where its last checkpoint was signed. */
  readonly untrusted: readonly UntrustedHead[];
}

/**
 * Puts every entry that waits into its tenant's chain, in the order of arrival, and signs the new heads; a thousand entries to
 * a transaction. A chain that does not end where its last checkpoint was signed is not extended and is named in the result; those
 * of other tenants are. Any number of sealers may run; one at a time gets anywhere.
 *
 * @example
 * ```ts
 * import { checkpointSigner, sealAudit, withSession } from '@sallyport/postgres';
 *
 * const seal = async (url: string, privateKeyPem: string) => {
 *   const signer = checkpointSigner(privateKeyPem);
 *   const { untrusted } = await withSession(url, 'seal', (session) => sealAudit(session, signer));
 *   for (const { message } of untrusted) console.error(message);
 * };
 * ```
 */
export async function sealAudit(
  session: Session,
  signer: CheckpointSigner,
  { isSigned = () => false, progress = () => {}, now = () => new Date() }: SealOptions = {},
): Promise<Sealed> {
  // Ed25519 gives one signature for one text, so whoever can sign can also tell its own.
  const isOurs = (checkpoint: Checkpoint): boolean => {
    const { keyId, signature, ...head } = checkpoint;
    const own = signer(head);
    return (own.keyId === keyId && own.signature === signature) || isSigned(checkpoint);
  };
  const checkpoints: Checkpoint[] = [];
  const untrusted: UntrustedHead[] = [];
  let sealed = 0;
  for (;;) {
    const passedOver = untrusted.map(({ tenant }) => tenant);
    const done = await sealBatch(session, { signer, isOurs, passedOver, now });
    checkpoints.push(...done.checkpoints);
    untrusted.push(...done.untrusted);
    sealed += done.sealed;
    if (done.sealed > 0) progress(sealed);
    // Once more without the tenants that were found now.
    if (done.sealed < batch && done.untrusted.length === 0) return { checkpoints, untrusted };
  }
}

/** What one transaction did: nothing, when it found chains that may not be extended. */
interface Batch extends Sealed {
  readonly sealed: number;
}

interface Sealing {
  readonly signer: CheckpointSigner;
  readonly isOurs: (checkpoint: Checkpoint) => boolean;
  /** Tenants whose entries stay where they are. */
  readonly passedOver: readonly string[];
  readonly now: () => Date;
}

async function sealBatch(session: Session, sealing: Sealing): Promise<Batch> {
  for (let attempt = 1; ; attempt += 1) {
    await session.script('BEGIN ISOLATION LEVEL READ COMMITTED');
    try {
      const done = await sealWaiting(session, sealing);
      await session.script(done.untrusted.length === 0 ? 'COMMIT' : 'ROLLBACK');
      return done;
    } catch (error) {
      await session.script('ROLLBACK');
      // Another sealer took the place.
      const raced = error instanceof DatabaseError && error.sqlState === '23505';
      if (!raced || attempt === attempts) throw error;
    }
  }
}

async function sealWaiting(session: Session, { signer, isOurs, passedOver, now }: Sealing): Promise<Batch> {
  const at = now().toISOString();
  const { rows: taken } = await session.statement(
    `DELETE FROM sallyport.audit_waiting WHERE id IN (
       SELECT w.id FROM sallyport.audit_waiting w
       WHERE NOT EXISTS (SELECT FROM sallyport.audit_entries e WHERE e.id = w.id AND e.tenant IN (
         SELECT json_array_elements_text($1)))
       ORDER BY w.id LIMIT ${batch}
     ) RETURNING id`,
    [JSON.stringify(passedOver)],
  );
  if (taken.length === 0) return { sealed: 0, checkpoints: [], untrusted: [] };
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
  const { heads, untrusted } = await headsOf(session, new Set(entries.map(({ tenant }) => tenant)), isOurs);
  if (untrusted.length > 0) return { sealed: 0, checkpoints: [], untrusted };
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
  return { sealed: entries.length, checkpoints, untrusted };
}

/** The ends of the chains, of tenants that have one, and those of them that are not where the last checkpoint was signed. */
async function headsOf(
  session: Session,
  tenants: ReadonlySet<string>,
  isOurs: (checkpoint: Checkpoint) => boolean,
): Promise<{
  readonly heads: Map<string, { seq: number; hash: string }>;
  readonly untrusted: readonly UntrustedHead[];
}> {
  // One statement, so that both are of one moment.
  const { rows } = await session.statement(
    `SELECT t.tenant, c.seq, c.hash, k.seq, k.hash, k.at, k.key_id, k.signature
     FROM json_array_elements_text($1) AS t (tenant)
     LEFT JOIN LATERAL (
       SELECT seq, hash FROM sallyport.audit_chain WHERE tenant = t.tenant ORDER BY seq DESC LIMIT 1
     ) c ON true
     LEFT JOIN LATERAL (
       SELECT seq, hash, at, key_id, signature FROM sallyport.audit_checkpoints
       WHERE tenant = t.tenant ORDER BY seq DESC LIMIT 1
     ) k ON true
     WHERE c.seq IS NOT NULL OR k.seq IS NOT NULL`,
    [JSON.stringify([...tenants])],
  );
  const heads = new Map<string, { seq: number; hash: string }>();
  const untrusted: UntrustedHead[] = [];
  for (const row of rows) {
    const [tenant = '', seq, hash = '', signedSeq, signedHash, at = '', keyId = '', signature = ''] = row.map(
      (value) => value ?? '',
    );
    const head = { seq: Number(seq), hash };
    const same = seq === signedSeq && hash === signedHash;
    if (same && isOurs({ tenant, ...head, at, keyId, signature })) heads.set(tenant, head);
    else untrusted.push(new UntrustedHead(tenant));
  }
  return { heads, untrusted };
}
