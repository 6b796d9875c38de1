import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseSuite } from '../../test-rig/database-suite.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { shop } from '../../test-rig/shop.js';
import type { Database } from '../database.js';
import type { Session } from '../session.js';
import { postgresUsage } from '../usage/postgres-usage.js';
import { type Embedded, openEmbedded } from './embedded.js';
import { openPGlite } from './open-pglite.js';

describe('the embedded database', () => {
  let database: Database;
  let as: Embedded['as'];
  beforeAll(async () => {
    ({ database, as } = await openEmbedded(shop));
  });
  afterAll(() => database.close());

  databaseSuite(() => database);

  it('keeps usage: a batch counts once', async () => {
    const store = postgresUsage(database);
    const took = { calls: 1, handlerMs: 5, inputTokens: 2, outputTokens: 3, cost: 1 };
    const entries = [{ tenant: 'acme', issuer: 'i', agent: 'a', tool: 't', ...took }];
    const day = new Date().toISOString().slice(0, 10);
    for (const number of [1, 1, 2]) await store.record({ source: 's', number, day, entries });
    const usage = (session: Session) => session.statement('SELECT calls, cost FROM sallyport.usage');
    const { rows } = await as('sallyport_audit', usage);
    expect(rows).toEqual([['2', '2']]);
  });

  it('answers a ping, and lets a waiting call leave at its abort or deadline, while a statement blocks it', async () => {
    const limits = { maxRows: 1, maxBytes: 1_000 };
    const begun = performance.now();
    const blocking = database.transaction(scopeFor('acme'), (sql) => sql('select pg_sleep(1)'));
    const abort = new AbortController();
    const waiting = database.query(scopeFor('acme', { signal: abort.signal }), 'select 1', limits);
    const late = database.query(scopeFor('acme', { remainingMs: () => 100 }), 'select 1', limits);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
    await database.ping(new AbortController().signal);
    expect(performance.now() - begun).toBeLessThan(900);
    await blocking;
  });

  it('settles an aborted transaction when its statement has ended, rolled back', async () => {
    const abort = new AbortController();
    const begun = performance.now();
    const run = database.transaction(scopeFor('acme', { signal: abort.signal }), async (sql) => {
      queueMicrotask(() => abort.abort());
      await sql('select pg_sleep(0.5)');
    });
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
    const slept = await database
      .transaction(scopeFor('acme', { remainingMs: () => 200 }), (sql) => sql('select pg_sleep(0.4)'))
      .catch((error) => error);
    expect(slept).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - begun).toBeGreaterThan(380);
  });

  describe('a statement that would never end', () => {
    const endless = 'select count(*) from generate_series(1, (select 1000000000000))';
    const insert = `insert into invoices (tenant_id, customer_id, amount_cents, currency) values ('acme', 1, 7, 'EUR')`;
    const count = async () => {
      const limits = { maxRows: 1, maxBytes: 1_000 };
      const { rows } = await database.query(scopeFor('acme'), 'select count(*)::int from invoices', limits);
      return rows[0]?.[0] as number;
    };

    it('is ended soon after its time, again and again, and others go on', async () => {
      for (let round = 0; round < 3; round++) {
        const run = database.query(scopeFor('acme', { remainingMs: () => 100 }), endless, {
          maxRows: 1,
          maxBytes: 100,
        });
        const next = database.transaction(scopeFor('globex'), (sql) => sql('select count(*)::int as n from orders'));
        await expect(run).rejects.toMatchObject({ kind: 'timeout' });
        expect(await next).toEqual([{ n: 6 }]);
        await database.ping(new AbortController().signal);
      }
    });

    it('takes its own transaction with it, and nothing that was committed before', async () => {
      const before = await count();
      await database.transaction(scopeFor('acme'), (sql) => sql(insert));
      const run = database.transaction(scopeFor('acme', { remainingMs: () => 100 }), async (sql) => {
        await sql(insert);
        await sql(endless);
      });
      await expect(run).rejects.toMatchObject({ kind: 'timeout' });
      expect(await count()).toBe(before + 1);
    });

    it('leaves the rules in force', async () => {
      const run = database.query(scopeFor('acme', { remainingMs: () => 50 }), endless, { maxRows: 1, maxBytes: 100 });
      await expect(run).rejects.toMatchObject({ kind: 'timeout' });
      const others = "select count(*)::int from invoices where tenant_id = 'globex'";
      const { rows } = await database.query(scopeFor('acme'), others, { maxRows: 1, maxBytes: 100 });
      expect(rows).toEqual([[0]]);
      await expect(
        database.query(scopeFor('acme'), "select set_config('app.tenant', 'globex', true)", {
          maxRows: 1,
          maxBytes: 100,
        }),
      ).rejects.toMatchObject({ kind: 'query_refused' });
    });
  });

  it.each([
    'select count(*) from generate_series(1, 1000000000000)',
    'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b',
    'select * from invoices a, invoices b, invoices c, invoices d, invoices e, invoices f, invoices g, invoices h order by 1',
    'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t',
  ])('refuses what is sure to take too long: %s', async (text) => {
    await expect(database.query(scopeFor('acme'), text, { maxRows: 1, maxBytes: 1_000 })).rejects.toMatchObject({
      kind: 'query_refused',
    });
  });
});

it('no advisory lock outlives a query, even where a function of the author’s takes one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-locks-'));
  await cp(shop.migrations ?? '', folder, { recursive: true });
  await writeFile(
    join(folder, 'repeat-locks.sql'),
    `create or replace function take_lock(key bigint) returns void language sql security definer
     begin atomic select pg_advisory_lock(key); end;`,
  );
  const database = await openPGlite({
    ...shop,
    migrations: pathToFileURL(`${folder}/`),
    exempt: ['take_lock(bigint)'],
  });
  try {
    const locks = async () => {
      const text = "select count(*)::int as n from pg_locks where locktype = 'advisory'";
      return (await database.transaction(scopeFor('acme'), (sql) => sql(text)))[0];
    };
    const taken = "select take_lock(7), (select count(*)::int from pg_locks where locktype = 'advisory')";
    await database.query(scopeFor('acme'), taken, { maxRows: 1, maxBytes: 1_000 });
    expect(await locks()).toEqual({ n: 0 });
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
});

describe('the start-up check of the embedded database', () => {
  const opened = async (sql: string): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-unsafe-'));
    await cp(shop.migrations ?? '', folder, { recursive: true });
    await writeFile(join(folder, 'repeat-unsafe.sql'), sql);
    try {
      const database = await openPGlite({ ...shop, migrations: pathToFileURL(`${folder}/`) });
      await database.close();
      return 'opened';
    } catch (error) {
      expect(error).toMatchObject({ kind: 'unsafe' });
      return (error as Error).message;
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('names every role, table and function that the migrations left unsafe, and the statement that fixes it', async () => {
    const found = await opened(`
      create table "Loose" (id int, tenant_id text);
      create policy extra on invoices for select using (true);
      create view peek as select * from invoices; grant select on peek to sallyport_app;
      alter role sallyport_app bypassrls; alter table orders owner to sallyport_app;
      grant select on sallyport.audit_entries to sallyport_app; revoke insert on sallyport.audit_entries from sallyport_app`);
    for (const fix of [
      'ALTER TABLE "Loose" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
      'DROP POLICY "extra" ON invoices, or make it RESTRICTIVE',
      'REVOKE ALL ON peek FROM "sallyport_app"',
      'ALTER ROLE "sallyport_app" NOBYPASSRLS',
      'the login owns orders (as "sallyport_app")',
      'REVOKE SELECT, UPDATE, DELETE, TRUNCATE ON sallyport.audit_entries FROM "sallyport_app"',
      '"sallyport_app" lacks what the login of handlers needs, INSERT (tenant, entry) ON sallyport.audit_entries:',
    ])
      expect(found).toContain(fix);
    expect(found).not.toContain('undefined');
  });

  it('looks at the login of agents’ SQL as well', async () => {
    const found = await opened(`grant insert on invoices to sallyport_query;
      grant execute on function pg_catalog.set_config(text, text, boolean) to sallyport_query`);
    expect(found).toContain('"sallyport_query" may write to invoices: ');
    expect(found).toContain('REVOKE EXECUTE ON FUNCTION set_config(text,text,boolean) FROM PUBLIC, "sallyport_query"');
  });
});

describe('an embedded database that has stopped', () => {
  it('fails every call, and its ping', async () => {
    const database = await openPGlite(shop);
    await database.close();
    await expect(database.transaction(scopeFor('acme'), (sql) => sql('select 1'))).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await expect(database.ping(new AbortController().signal)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
