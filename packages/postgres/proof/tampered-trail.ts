import fc from 'fast-check';
import pg from 'pg';
import { atSql } from '../src/audit/audit-source.js';
import { checkpointSigner, checkpointVerifier } from '../src/audit/checkpoint.js';
import { sealAudit } from '../src/audit/seal-audit.js';
import { verifyAuditTrail } from '../src/audit/verify-audit-trail.js';
import { withSession } from '../src/pg/with-session.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { signingKeys } from '../test-rig/signing-keys.js';
import { type TrailTables, tamperings } from '../test-rig/tamperings.js';

/** How often, and by what. */
export interface TamperedTrailOptions {
  readonly tamperings: number;
  readonly seed: number;
  /** Only this one, again and again. */
  readonly only?: string;
  /** The verification with the bug that must be found. */
  readonly seeded?: (verify: typeof verifyAuditTrail) => typeof verifyAuditTrail;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface TamperedTrailReport {
  readonly tampered: number;
  /** Of how many kinds. */
  readonly kinds: number;
  /** Those that a verification found nothing of. */
  readonly missed: readonly string[];
  /** What it found in a trail that nobody had touched, before and after. */
  readonly falseAlarms: number;
}

/**
 * Has a trail sealed in a database, changes its rows as a superuser, again and again, has it verified as the auditor each time, and
 * puts it back as it was.
 */
export async function tamperWithTrail(shop: ShopOnServer, options: TamperedTrailOptions): Promise<TamperedTrailReport> {
  const { tamperings: times, seed, only, seeded = (verify) => verify, progress = () => {} } = options;
  const { privatePem, publicPem } = signingKeys();
  const isSigned = checkpointVerifier([publicPem]);
  const verify = seeded(verifyAuditTrail);
  const superuser = new pg.Client({ connectionString: shop.adminUrl });
  await superuser.connect();
  try {
    return await withSession(shop.auditUrl, 'verify', async (auditor) => {
      const signer = checkpointSigner(privatePem);
      for (let batch = 0; batch < 2; batch += 1) {
        await superuser.query(enter);
        await sealAudit(auditor, signer);
      }
      const sealed = await read(superuser);
      const problems = async () => (await verify(auditor, { isSigned, kept: sealed.checkpoints })).problems.length;
      const missed: string[] = [];
      const kinds = new Set<string>();
      let falseAlarms = await problems();
      const numbers = fc.nat({ max: 1_000_000 });
      const names = only === undefined ? Object.keys(tamperings) : [only];
      const chosen = fc.tuple(fc.constantFrom(...names), numbers, numbers, fc.string());
      for (const [n, [name, i, j, text]] of fc.sample(chosen, { numRuns: times, seed }).entries()) {
        const tables = structuredClone(sealed);
        tamperings[name]?.(tables, i, j, JSON.stringify(text).slice(1, -1));
        await write(superuser, tables);
        kinds.add(name);
        if ((await problems()) === 0) missed.push(`${name} ${i} ${j}`);
        if (n % 1_000 === 999) progress(`${n + 1} of ${times} tamperings`);
      }
      await write(superuser, sealed);
      falseAlarms += await problems();
      return { tampered: times, kinds: kinds.size, missed, falseAlarms };
    });
  } finally {
    await superuser.end();
  }
}

const enter = `insert into sallyport.audit_entries (tenant, entry)
  select tenant, '{"tool":"pay","cents":' || n || '}' from unnest(array['acme', 'globex']) tenant, generate_series(1, 3) n`;

async function read(superuser: pg.Client): Promise<TrailTables> {
  const rows = async (text: string) => (await superuser.query(text)).rows;
  return {
    entries: await rows(
      `select e.id::text, e.tenant, ${atSql} as at, e.entry from sallyport.audit_entries e order by e.id`,
    ),
    chain: await rows(
      'select tenant, seq::int, entry_id::text as "entryId", hash from sallyport.audit_chain order by tenant, seq',
    ),
    checkpoints: await rows(
      'select tenant, seq::int, hash, at, key_id as "keyId", signature from sallyport.audit_checkpoints order by tenant, seq',
    ),
  };
}

/** Makes the tables hold this and nothing else, past foreign keys and triggers, as only a superuser can. */
async function write(superuser: pg.Client, { entries, chain, checkpoints }: TrailTables): Promise<void> {
  const statements = [
    [
      `begin; set local session_replication_role = replica;
       delete from sallyport.audit_entries; delete from sallyport.audit_chain; delete from sallyport.audit_checkpoints`,
    ],
    [
      `insert into sallyport.audit_entries (id, tenant, at, entry) overriding system value
       select * from json_to_recordset($1) as r (id bigint, tenant text, at timestamptz, entry text)`,
      entries,
    ],
    [
      `insert into sallyport.audit_chain (tenant, seq, entry_id, hash)
       select * from json_to_recordset($1) as r (tenant text, seq bigint, "entryId" bigint, hash text)`,
      chain,
    ],
    [
      `insert into sallyport.audit_checkpoints (tenant, seq, hash, at, key_id, signature)
       select * from json_to_recordset($1) as r (tenant text, seq bigint, hash text, at text, "keyId" text, signature text)`,
      checkpoints,
    ],
    ['commit'],
  ] as const;
  for (const [text, rows] of statements) await superuser.query(text, rows === undefined ? [] : [JSON.stringify(rows)]);
}
