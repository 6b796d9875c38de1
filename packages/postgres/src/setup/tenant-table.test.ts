import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolOf, postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import type { Database } from '../database.js';
import { openPostgres } from '../pg/open-postgres.js';
import { setUpPostgres } from '../pg/set-up-postgres.js';
import type { TenantTable } from './tenant-table.js';

describe.skipIf(!postgresAnswers)('a table that set-up binds to tenants', () => {
  const fixture = usePostgres({ ready: false });
  const bind = (...tables: TenantTable[]) => setUpPostgres(fixture.adminUrl, { tables });
  let database: Database;
  beforeAll(async () => {
    await bind();
    database = await openPostgres(poolOf(fixture.url, 2), { query: poolOf(fixture.queryUrl, 2) });
  });
  afterAll(() => database?.close());
  const seen = async (tenant: string, table: string) =>
    (
      await database.transaction(scopeFor(tenant), (sql) => sql<{ id: number }>(`select id from ${table} order by id`))
    ).map(({ id }) => id);
  const reopened = async () =>
    (await openPostgres(poolOf(fixture.url, 1), { query: poolOf(fixture.queryUrl, 1) })).close();

  it('is bound with its partitions, at every depth, which are reached through it alone', async () => {
    await fixture.admin(`create table events (id int, tenant_id text) partition by list (id);
      create table events_1 partition of events for values in (1) partition by hash (tenant_id);
      create table events_1_0 partition of events_1 for values with (modulus 1, remainder 0);
      create table events_2 partition of events for values in (2);
      insert into events values (1, 'acme'), (2, 'acme'), (1, 'globex')`);
    await bind({ name: 'events', allow: ['insert'] });
    await reopened();
    expect(await seen('acme', 'events')).toEqual([1, 2]);
    expect(await seen('globex', 'events')).toEqual([1]);
    for (const part of ['events_1', 'events_1_0', 'events_2']) {
      await expect(seen('acme', part)).rejects.toMatchObject({ sqlState: '42501' });
      await fixture.admin(`grant select on ${part} to sallyport_app`);
    }
    expect(await seen('acme', 'events_1_0')).toEqual([1]);
    await bind({ name: 'events', allow: ['insert'] });
    await expect(seen('acme', 'events_1_0')).rejects.toMatchObject({ sqlState: '42501' });
  });

  it('may get partitions after set-up, as long as no login may reach them', async () => {
    await fixture.admin('create table events_3 partition of events for values in (3)');
    await reopened();
    await fixture.admin('grant select on events_3 to sallyport_app');
    await expect(reopened()).rejects.toThrow('events_3 holds tenant_id, and row-level security is not forced on it');
    await fixture.admin('drop table events_3');
  });

  const [one, other] = [randomUUID(), randomUUID()];
  it.each([
    ['uuid', one, other, [one.toUpperCase(), `{${one}}`, 'acme', "' or true --"]],
    ['bigint', '7', '-8', ['07', ' 7', '7.0', 'acme', '9'.repeat(30)]],
    ['integer', '7', '8', ['+7', `${2 ** 40}`]],
    ['varchar(40)', 'acme', 'globex', ['ACME', 'acme ']],
  ])(
    'may name tenants by a %s: a tenant that is none of those is nobody, and no error',
    async (type, mine, theirs, nobody) => {
      await fixture.admin(`drop table if exists things; create table things (id int, tenant_id ${type});
      create index of_tenant on things (tenant_id); insert into things values (1, '${mine}'), (2, '${theirs}')`);
      await bind({ name: 'things', allow: ['insert'] });
      await reopened();
      expect(await seen(mine, 'things')).toEqual([1]);
      expect(await seen(theirs, 'things')).toEqual([2]);
      for (const tenant of nobody) expect(await seen(tenant, 'things'), tenant).toEqual([]);
      const insert = (tenant: string) =>
        database.transaction(scopeFor(tenant), (sql) => sql('insert into things (id) values (3)'));
      await insert(mine);
      expect(await seen(mine, 'things')).toEqual([1, 3]);
      const [refused = ''] = nobody;
      if (!type.startsWith('varchar'))
        await expect(insert(refused)).rejects.toMatchObject({ sqlState: /23502|42501/ as unknown as string });
      const plan = await database.transaction(scopeFor(mine), async (sql) => {
        await sql('set local enable_seqscan = off');
        return sql('explain (format json) select id from things');
      });
      expect(JSON.stringify(plan)).toMatch(/"Index Cond":"\(+tenant_id/);
    },
  );

  it('is refused, by name, when its tenant column is missing or of another type', async () => {
    await fixture.admin('create table odd (id int); create table days (id int, tenant_id date)');
    await expect(bind({ name: 'odd' })).rejects.toThrow(
      'the table odd has no column tenant_id: name the column of tenants',
    );
    await expect(bind({ name: 'days' })).rejects.toThrow(
      'the column tenant_id of days is a date: a tenant is text, uuid or an integer',
    );
    await fixture.admin('drop table odd; drop table days');
  });

  it('is mended when its policy, or a partition, was changed since', async () => {
    await fixture.admin(`drop policy tenant on events_2; alter table events_2 no force row level security;
      drop policy tenant on events; create policy tenant on events using (true)`);
    await bind({ name: 'events' });
    await reopened();
    expect(await seen('globex', 'events')).toEqual([1]);
  });
});
