import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { checkpointSigner, checkpointVerifier } from './checkpoint.js';
import { exportAudit } from './export-audit.js';
import { sealAudit } from './seal-audit.js';
import { verifyAuditTrail } from './verify-audit-trail.js';

onEveryDatabase((trail) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = checkpointSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const isSigned = checkpointVerifier([publicKey.export({ type: 'spki', format: 'pem' }).toString()]);
  const seal = () => trail.asAuditor((session) => sealAudit(session, signer));
  const verify = () => trail.asAuditor((session) => verifyAuditTrail(session, { isSigned }));
  const admin = (text: string) => trail.asAdmin(async (session) => (await session.statement(text)).rows);
  const enter = (tenant: string, entries: number) =>
    admin(
      `insert into sallyport.audit_entries (tenant, entry)
       select '${tenant}', '{"kind":"effect","tool":"pay","n":' || n || '}' from generate_series(1, ${entries}) n`,
    );

  test('every entry that waits gets its place, over more than one batch, and the trail is whole', async () => {
    for (const tenant of ['acme', 'globex', 'initech']) await enter(tenant, 700);
    const told: number[] = [];
    const progress = (entries: number) => void told.push(entries);
    const { checkpoints, untrusted } = await trail.asAuditor((session) => sealAudit(session, signer, { progress }));
    expect(untrusted).toEqual([]);
    expect(told).toEqual([1_000, 2_000, 2_100]);
    const heads = new Map(checkpoints.map(({ tenant, seq }) => [tenant, seq]));
    expect(Object.fromEntries(heads)).toEqual({ acme: 700, globex: 700, initech: 700 });
    expect(await verify()).toMatchObject({ tenants: 3, entries: 2_100, problems: [] });
    expect(await seal()).toEqual({ checkpoints: [], untrusted: [] });
  });

  test('a tenant whose chain was changed is named, and does not keep the others from being sealed', async () => {
    await admin("update sallyport.audit_chain set hash = 'rewritten' where tenant = 'globex' and seq = 700");
    for (const tenant of ['globex', 'acme', 'globex', 'initech']) await enter(tenant, 600);
    const { checkpoints, untrusted } = await seal();
    expect(untrusted.map(({ tenant }) => tenant)).toEqual(['globex']);
    const heads = new Map(checkpoints.map(({ tenant, seq }) => [tenant, seq]));
    expect(Object.fromEntries(heads)).toEqual({ acme: 1_300, initech: 1_300 });
    const waiting = await admin(
      'select e.tenant, count(*) from sallyport.audit_waiting w join sallyport.audit_entries e on e.id = w.id group by 1',
    );
    expect(waiting).toEqual([['globex', '1200']]);
    const { problems } = await verify();
    expect(new Set(problems.map(({ tenant }) => tenant))).toEqual(new Set(['globex']));
  });

  test('two at once are both named', async () => {
    await admin("delete from sallyport.audit_checkpoints where tenant = 'initech'");
    await enter('initech', 1);
    await enter('acme', 1);
    const { checkpoints, untrusted } = await seal();
    expect(untrusted.map(({ tenant }) => tenant).sort()).toEqual(['globex', 'initech']);
    expect(checkpoints).toMatchObject([{ tenant: 'acme', seq: 1_301 }]);
  });

  test('what was sealed is exported', async () => {
    const lines = await trail.asAuditor(async (session) => {
      const all: string[] = [];
      for await (const line of exportAudit(session, { tenant: 'acme' })) all.push(line);
      return all;
    });
    expect(lines).toHaveLength(1_301);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ tenant: 'acme', seq: 1_301, entry: { tool: 'pay', n: 1 } });
  });
});
