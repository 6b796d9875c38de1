import { idempotencyStoreContract } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { contractStores } from '../../test-rig/contract-stores.js';
import { dumpFramework } from '../../test-rig/dump-framework.js';
import { poolOf, postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import type { Database } from '../database.js';
import { openPostgres } from '../pg/open-postgres.js';
import { withSession } from '../pg/with-session.js';
import { applyMigrations } from './apply-migrations.js';
import { frameworkHistory, frameworkMigrations } from './framework-migrations.js';
import { runInit } from './run-init.js';

/** What a server has left in a database of each version. */
const rowsOf: Readonly<Record<string, string>> = {
  '0001-idempotency.sql': `
    select sallyport.settle('settled', (select token from sallyport.claim('acme', 'settled', 'f', 60000, 86400000)), '{"a":1}');
    select sallyport.claim('acme', 'held', 'f', 600000, 86400000);
    select sallyport.abandon('unknown', (select token from sallyport.claim('acme', 'unknown', 'f', 60000, 86400000)))`,
  '0002-audit.sql': `
    insert into sallyport.audit_entries (tenant, entry) values ('acme', '{"a":1}'), ('', '{"b":2}');
    insert into sallyport.audit_chain values ('acme', 1, 1, 'hash');
    delete from sallyport.audit_waiting where id = 1;
    insert into sallyport.audit_checkpoints values ('acme', 1, 'hash', 'at', 'key', 'signature')`,
  '0003-usage.sql': `
    select sallyport.record_usage('s', 1, current_date, 30, 10,
      '[{"tenant":"acme","issuer":"i","agent":"a","tool":"t","calls":1,"handlerMs":1,"inputTokens":1,"outputTokens":1,"cost":1}]')`,
};
const tablesOf: Readonly<Record<string, readonly string[]>> = {
  '0001-idempotency.sql': ['idempotency'],
  '0002-audit.sql': ['audit_entries', 'audit_waiting', 'audit_chain', 'audit_checkpoints'],
  '0003-usage.sql': ['usage', 'usage_sources'],
};

describe.skipIf(!postgresAnswers).each(Object.keys(rowsOf))('a database that is at %s', (version) => {
  const fixture = usePostgres({ ready: false });
  const newest = usePostgres();
  const versions = Object.keys(rowsOf).filter((name) => name <= version);
  const rows = () =>
    Promise.all(
      versions
        .flatMap((name) => tablesOf[name] ?? [])
        .map((table) => fixture.admin(`select to_jsonb(t) as row from sallyport.${table} t order by 1`)),
    );
  let database: Database;
  let before: Awaited<ReturnType<typeof rows>>;
  beforeAll(async () => {
    const migrations = (await frameworkMigrations()).filter(({ name }) => name <= version);
    await withSession(fixture.adminUrl, 'test', async (session) => {
      await session.script('create schema sallyport');
      await applyMigrations(session, frameworkHistory, migrations);
    });
    for (const name of versions) await fixture.admin(rowsOf[name] ?? '');
    before = await rows();
    await runInit(['--apply'], { DATABASE_ADMIN_URL: fixture.adminUrl });
    database = await openPostgres(poolOf(fixture.url));
    // The contract's leases are short, and connecting takes long on a busy machine.
    await Promise.all(Array.from({ length: 10 }, () => database.framework('select 1', [], 10_000)));
  });
  afterAll(() => database?.close());

  it('keeps every row when init brings it up to date, and becomes what a new one is', async () => {
    expect(before.every((table) => table.length > 0)).toBe(true);
    expect(await rows()).toEqual(before);
    expect(await dumpFramework(fixture.adminUrl)).toBe(await dumpFramework(newest.adminUrl));
  });

  // What comes of the others is the same schema.
  if (version !== '0001-idempotency.sql') return;
  for (const { title, prove } of idempotencyStoreContract(contractStores(() => database))) test(title, prove);
});
