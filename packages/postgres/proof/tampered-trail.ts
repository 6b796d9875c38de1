import fc from 'fast-check';
import { atSql } from '../src/audit/audit-source.js';
import { checkpointSigner, checkpointVerifier } from '../src/audit/checkpoint.js';
import { sealAudit } from '../src/audit/seal-audit.js';
import { verifyAuditTrail } from '../src/audit/verify-audit-trail.js';
import { withSession } from '../src/pg/with-session.js';
import type { Session } from '../src/session.js';
import { auditRole } from '../src/setup/role-names.js';
import { sqlLiteral } from '../src/values/sql-literal.js';
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
 * Has a trail sealed in a database, changes its rows as a superuser, again and again, and has it verified each time with the
 * auditor's rights. Each change is a transaction that is rolled back, so the verification is on the same connection; whether the
 * trail is whole, before and after, is asked on one of the auditor's own.
 */
export async function tamperWithTrail(shop: ShopOnServer, options: TamperedTrailOptions): Promise<TamperedTrailReport> {
  const { tamperings: times, seed, only, seeded = (verify) => verify, progress = () => {} } = options;
  const { privatePem, publicPem } = signingKeys();
  const isSigned = checkpointVerifier([publicPem]);
  const verify = seeded(verifyAuditTrail);
  return withSession(shop.adminUrl, 'tamper', (superuser) =>
    withSession(shop.auditUrl, 'verify', async (auditor) => {
      const signer = checkpointSigner(privatePem);
      for (let batch = 0; batch < 2; batch += 1) {
        await superuser.statement(enter);
        await sealAudit(auditor, signer);
      }
      const sealed = await read(superuser);
      const problems = async (session: Session) =>
        (await verify(session, { isSigned, kept: sealed.checkpoints })).problems.length;
      const missed: string[] = [];
      const kinds = new Set<string>();
      let falseAlarms = await problems(auditor);
      const numbers = fc.nat({ max: 1_000_000 });
      const names = only === undefined ? Object.keys(tamperings) : [only];
      const chosen = fc.tuple(fc.constantFrom(...names), numbers, numbers, fc.string());
      for (const [n, [name, i, j, text]] of fc.sample(chosen, { numRuns: times, seed }).entries()) {
        const tables = structuredClone(sealed);
        tamperings[name]?.(tables, i, j, JSON.stringify(text).slice(1, -1));
        // Past foreign keys and triggers, as only a superuser can.
        const asSuperuser = ['BEGIN', 'SET LOCAL session_replication_role = replica', ...changes(sealed, tables)];
        await superuser.script([...asSuperuser, `SET LOCAL ROLE ${auditRole}`].join(';\n'));
        const found = await problems(inside(superuser));
        await superuser.script('ROLLBACK');
        kinds.add(name);
        if (found === 0) missed.push(`${name} ${i} ${j}`);
        if (n % 1_000 === 999) progress(`${n + 1} of ${times} tamperings`);
      }
      falseAlarms += await problems(auditor);
      return { tampered: times, kinds: kinds.size, missed, falseAlarms };
    }),
  );
}

/** The session for who would begin a transaction and roll it back, within the one that it has. */
function inside(session: Session): Session {
  return { ...session, script: async () => {} };
}

const enter = `insert into sallyport.audit_entries (tenant, entry)
  select tenant, '{"tool":"pay","cents":' || n || '}' from unnest(array['acme', 'globex']) tenant, generate_series(1, 3) n`;

async function read(superuser: Session): Promise<TrailTables> {
  const rows = async (text: string) => {
    const { rows } = await superuser.statement(`select to_json(r) from (${text}) r`);
    return rows.map(([json]) => JSON.parse(json ?? ''));
  };
  return {
    entries: await rows(
      `select e.id::text, e.tenant, ${atSql} as at, e.entry from sallyport.audit_entries e order by e.id`,
    ),
    chain: await rows(
      'select tenant, seq, entry_id::text as "entryId", hash from sallyport.audit_chain order by tenant, seq',
    ),
    checkpoints: await rows(
      'select tenant, seq, hash, at, key_id as "keyId", signature from sallyport.audit_checkpoints order by tenant, seq',
    ),
  };
}

/** The statements that make tables which hold `before` hold `after`. */
function changes(before: TrailTables, after: TrailTables): string[] {
  const differ = (name: keyof TrailTables, gone: string, come: string): string[] => {
    const [had, has] = [before[name], after[name]].map((rows) => new Set(rows.map((row) => JSON.stringify(row))));
    const without = (some = new Set<string>(), others = new Set<string>()) =>
      [...some].filter((row) => !others.has(row));
    const sides = [
      [gone, without(had, has)],
      [come, without(has, had)],
    ] as const;
    return sides
      .filter(([, rows]) => rows.length > 0)
      .map(([text, rows]) => text.replace('$1', () => sqlLiteral(`[${rows.join()}]`)));
  };
  return [
    ...differ(
      'entries',
      'delete from sallyport.audit_entries e using json_to_recordset($1) as r (id bigint) where e.id = r.id',
      `insert into sallyport.audit_entries (id, tenant, at, entry) overriding system value
       select * from json_to_recordset($1) as r (id bigint, tenant text, at timestamptz, entry text)`,
    ),
    ...differ(
      'chain',
      'delete from sallyport.audit_chain c using json_to_recordset($1) as r ("entryId" bigint) where entry_id = "entryId"',
      `insert into sallyport.audit_chain (tenant, seq, entry_id, hash)
       select * from json_to_recordset($1) as r (tenant text, seq bigint, "entryId" bigint, hash text)`,
    ),
    ...differ(
      'checkpoints',
      `delete from sallyport.audit_checkpoints c using json_to_recordset($1) as r (tenant text, seq bigint)
       where c.tenant = r.tenant and c.seq = r.seq`,
      `insert into sallyport.audit_checkpoints (tenant, seq, hash, at, key_id, signature)
       select * from json_to_recordset($1) as r (tenant text, seq bigint, hash text, at text, "keyId" text, signature text)`,
    ),
  ];
}
