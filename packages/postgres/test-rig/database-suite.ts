import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.js';
import { DatabaseError, QueryRefused } from '../src/database-error.js';
import { ResultTooLarge } from '../src/query/result-too-large.js';
import { answered } from './answered.js';
import { escapes } from './escapes.js';
import { longText } from './long-text.js';
import { scopeFor } from './scope-for.js';

const limits = { maxRows: 500, maxBytes: 1_000_000 };

/** What every database must hold to. */
export function databaseSuite(database: () => Database): void {
  const acme = scopeFor('acme');
  const globex = scopeFor('globex');
  const count = async (tenant: string, table = 'invoices'): Promise<number> => {
    const rows = await database().transaction(scopeFor(tenant), (sql) =>
      sql<{ n: number }>(`select count(*) as n from ${table}`),
    );
    return rows[0]?.n ?? Number.NaN;
  };
  const insert =
    "insert into invoices (customer_id, amount_cents, currency, memo) values ($1, $2, 'EUR', $3) returning id";

  describe('transactions', () => {
    it('show each tenant its own rows, and customer 1 is of acme, 2 of globex', async () => {
      for (const [scope, mine] of [
        [acme, 1],
        [globex, 2],
      ] as const) {
        const rows = await database().transaction(scope, (sql) =>
          sql('select id, tenant_id from customers where id in (1, 2)'),
        );
        expect(rows).toEqual([{ id: mine, tenant_id: scope.tenant }]);
      }
    });

    it('show nothing to a tenant nobody knows, however it is spelled', async () => {
      for (const tenant of ["x' or '1'='1", 'ACME', ' acme', 'acme\\', "acme'; set local app.tenant = 'acme", '%']) {
        expect(await count(tenant)).toBe(0);
      }
    });

    it('are refused without a tenant', async () => {
      await expect(count('')).rejects.toMatchObject({ kind: 'statement' });
      await expect(count('a\0b')).rejects.toMatchObject({ kind: 'statement' });
    });

    it('show nothing once the tenant is reset', async () => {
      const rows = await database().transaction(acme, async (sql) => {
        await sql('reset app.tenant');
        return sql('select * from invoices');
      });
      expect(rows).toEqual([]);
    });

    it.each([
      'reset role',
      'set role none',
      'set local role postgres',
      'set role sallyport_audit',
      'reset all',
      'discard all',
      'reset session authorization',
      'set session authorization default',
      'set session authorization postgres',
      'set local session_authorization to postgres',
      "select set_config('role', 'postgres', false)",
      "select set_config('session_authorization', 'postgres', false)",
      "update pg_settings set setting = 'postgres' where name in ('role', 'session_authorization')",
      "do $$ begin execute 'reset role'; end $$",
      'do $$ begin reset session authorization; end $$',
    ])('are of the login of handlers, whatever the work does: %s', async (text) => {
      const whose =
        "select session_user::text || ' ' || current_user as login, count(*) from customers where id in (1, 2)";
      const found = await database()
        .transaction(acme, async (sql) => {
          await sql(text);
          return (await sql(`${whose} group by 1`))[0];
        })
        .catch((error: DatabaseError) => error.sqlState);
      if (typeof found === 'string') expect(found).toMatch(/^(42501|25001)$/);
      else expect(found).toEqual({ login: 'sallyport_app sallyport_app', count: 1 });
      const { rows } = await database().framework("select session_user::text || ' ' || current_user", [], 10_000);
      expect(rows).toEqual([['sallyport_app sallyport_app']]);
      expect(await count('globex', "customers where tenant_id = 'acme'")).toBe(0);
    });

    it('commit when the work returns, and number new rows past the seed', async () => {
      const before = await count('acme');
      const [row] = await database().transaction(acme, (sql) => sql<{ id: number }>(insert, [1, 100, null]));
      expect(row?.id).toBeGreaterThan(1000);
      expect(await count('acme')).toBe(before + 1);
    });

    it('roll back when the work throws, and throw its error', async () => {
      const before = await count('acme');
      const failure = new Error('mine');
      const run = database().transaction(acme, async (sql) => {
        await sql(insert, [1, 100, null]);
        throw failure;
      });
      await expect(run).rejects.toBe(failure);
      expect(await count('acme')).toBe(before);
    });

    it('roll back, and say so, when the work swallows the error of a statement', async () => {
      const before = await count('acme');
      const run = database().transaction(acme, async (sql) => {
        await sql(insert, [1, 100, null]);
        await sql('select 1 / 0').catch(() => undefined);
      });
      await expect(run).rejects.toMatchObject({ kind: 'statement', sqlState: '25P02' });
      expect(await count('acme')).toBe(before);
    });

    it('wait for statements that the work did not await, and run them one at a time', async () => {
      const before = await count('acme');
      await database().transaction(acme, async (sql) => {
        for (let i = 0; i < 5; i += 1) void sql(insert, [1, 100, null]);
      });
      expect(await count('acme')).toBe(before + 5);
    });

    it('fail to commit when a statement that nobody awaited failed', async () => {
      const before = await count('acme');
      const run = database().transaction(acme, async (sql) => {
        void sql(insert, [1, 100, null]);
        void sql('select 1 / 0');
      });
      await expect(run).rejects.toMatchObject({ kind: 'statement', sqlState: '25P02' });
      expect(await count('acme')).toBe(before);
    });

    it('give the work a handle that is dead afterwards', async () => {
      const sql = await database().transaction(acme, async (handle) => handle);
      await expect(sql('select 1')).rejects.toThrow('ended');
    });

    it('refuse to refer to another tenant, to write for it, to move rows to it, or to delete', async () => {
      const refused = async (text: string, params: unknown[] = []): Promise<unknown> =>
        database()
          .transaction(acme, (sql) => sql(text, params))
          .catch((error: DatabaseError) => error.sqlState);
      expect(await refused(insert, [2, 100, null])).toBe('23503');
      expect(await refused(insert, [999, 100, null])).toBe('23503');
      const foreign =
        "insert into invoices (tenant_id, customer_id, amount_cents, currency) values ('globex', $1, 1, 'EUR')";
      expect(await refused(foreign, [2])).toBe('42501');
      expect(await refused("update orders set tenant_id = 'globex'")).toBe('42501');
      expect(await refused('update invoices set amount_cents = 1')).toBe('42501');
      expect(await refused('delete from invoices')).toBe('42501');
      expect(await refused('truncate invoices')).toBe('42501');
      expect(await refused('create table loot (a int)')).toBe('42501');
      expect(await refused('update orders set refunded_cents = amount_cents + 1')).toBe('23514');
      expect(await refused('select 1; select 2')).toBe('42601');
    });

    it('do not write when read only', async () => {
      const run = database().transaction(scopeFor('acme', { readOnly: true }), (sql) => sql(insert, [1, 100, null]));
      await expect(run).rejects.toMatchObject({ kind: 'statement', sqlState: '25006' });
    });

    it('stay read only by the server’s own word, whatever statement would make them write', async () => {
      for (const text of ['set/**/transaction read write', 'set local transaction_read_only = off']) {
        const transaction = await database().open(scopeFor('acme', { readOnly: true }));
        await expect(transaction.session.statement(text)).rejects.toMatchObject({ sqlState: '25001' });
        await transaction.rollback();
      }
    });

    it('leave nothing of one tenant to the next', async () => {
      const tenants = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 'acme' : 'globex'));
      const seen = await Promise.all(
        tenants.map((tenant, i) =>
          database()
            .transaction(scopeFor(tenant), async (sql) => {
              const rows = await sql<{ tenant_id: string }>('select distinct tenant_id from invoices');
              if (i % 3 === 0) throw new Error('now and then');
              return rows.map((row) => row.tenant_id).join();
            })
            .catch(() => tenant),
        ),
      );
      expect(seen).toEqual(tenants);
    });

    it('give plain JSON values, and take values as parameters', async () => {
      const [row] = await database().transaction(acme, (sql) =>
        sql(
          `select $1::bigint as big, 9007199254740993::int8 as bigger, $2::text as text, $3::jsonb as json, $4::timestamptz as time,
             1.50::numeric as exact, 0.5::float8 as half, 'NaN'::float8 as nan, true as yes, null as nothing, $5::bytea as bytes,
             date '2026-01-02' as day, $6::int[] as many, 7 = any($6::int[]) as found, $7::text[] as texts`,
          [7n, "it's", { a: [1] }, new Date(1_000), new Uint8Array([1, 255]), [7, null], ['a"b', 'c,\\d', 'NULL']],
        ),
      );
      expect(row).toEqual({
        big: 7,
        bigger: '9007199254740993',
        text: "it's",
        json: { a: [1] },
        time: '1970-01-01T00:00:01Z',
        exact: '1.50',
        half: 0.5,
        nan: 'NaN',
        yes: true,
        nothing: null,
        bytes: '\\x01ff',
        day: '2026-01-02',
        many: '{7,NULL}',
        found: true,
        texts: '{"a\\"b","c,\\\\d","NULL"}',
      });
    });
  });

  describe('free-form queries', () => {
    it('give columns and rows, equal names and empty results included', async () => {
      expect(await database().query(acme, 'select 1 as a, 2 as a', limits)).toEqual({
        columns: ['a', 'a'],
        rows: [[1, 2]],
        truncated: false,
      });
      const none = await database().query(acme, 'select id from invoices where false', limits);
      expect(none).toEqual({ columns: ['id'], rows: [], truncated: false });
    });

    it('are of a login of their own', async () => {
      const { rows } = await database().query(acme, 'select session_user::text, current_user::text', limits);
      expect(rows).toEqual([['sallyport_query', 'sallyport_query']]);
    });

    it('stop at the rows allowed, and say when there was more', async () => {
      const run = (rows: number) =>
        database().query(acme, `select * from generate_series(1, ${rows})`, { ...limits, maxRows: 300 });
      expect((await run(300)).truncated).toBe(false);
      const more = await run(301);
      expect(more.truncated).toBe(true);
      expect(more.rows.map(([n]) => n)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    });

    it('stop at the bytes allowed, however they are spread', async () => {
      const run = (text: string) => database().query(acme, text, { maxRows: 1_000, maxBytes: 10_000 });
      for (const text of [
        `select '${'x'.repeat(900)}' from generate_series(1, 1000)`,
        `select case when n < 3 then 'x' else ${longText(100_000)} end from generate_series(1, 1000) n`,
        `select case when n < 3 then 'x' else ${longText(3_000_000)} end from generate_series(1, 20) n`,
      ]) {
        const { rows, truncated } = await run(text);
        expect(truncated).toBe(true);
        expect(rows.length).toBeGreaterThan(0);
        expect(JSON.stringify(rows).length).toBeLessThan(11_000);
      }
      await expect(run(`select ${longText(20_000)}`)).rejects.toThrow(/first row alone/);
      await expect(run(`select ${longText(20_000_000)}`)).rejects.toThrow(QueryRefused);
    });

    it('bring no more bytes out of the database than a statement may, and say so', async () => {
      for (const text of [longText(100_000), `n, ${longText(5_000)}`]) {
        const transaction = await database().open(acme);
        const run = (rows: number, maxBytes: number) =>
          transaction.session.statement(`select ${text} from generate_series(1, ${rows}) n`, [], maxBytes);
        expect((await run(1, 200_000)).rows).toHaveLength(1);
        await expect(run(20, 50_000)).rejects.toBeInstanceOf(ResultTooLarge);
        await transaction.rollback();
      }
    });

    it.each(escapes)('refuses %s', async (text) => {
      const refused = await database()
        .query(acme, text, limits)
        .then(
          (result) => result,
          (error: unknown) => error,
        );
      expect(refused, JSON.stringify(refused)).toBeInstanceOf(QueryRefused);
      expect((refused as QueryRefused).message).not.toMatch(/globex invoice|password|127\.0\.0\.1/i);
    });

    it.each(answered)('shows nothing of another tenant for %s', async (text) => {
      const { rows } = await database().query(acme, text, limits);
      expect(JSON.stringify(rows)).not.toMatch(/globex|Whitfield|Sato|Costa/);
    });

    it('left nothing changed and nothing behind', async () => {
      expect(await count('globex')).toBe(8);
      expect(await count('globex', 'orders')).toBe(6);
      const [{ locks, tables } = {}] = await database().transaction(acme, (sql) =>
        sql(`select (select count(*) from pg_locks where locktype = 'advisory'
                 and database = (select oid from pg_database where datname = current_database())) as locks,
               (select count(*) from pg_class where relname = 'loot') as tables`),
      );
      expect({ locks, tables }).toEqual({ locks: 0, tables: 0 });
    });

    it('say what is wrong with the SQL, in words that name the permission', async () => {
      const messageOf = (text: string) =>
        database()
          .query(acme, text, limits)
          .then(String, (error: Error) => error.message);
      expect(await messageOf('select * from nowhere')).toBe('relation "nowhere" does not exist.');
      expect(await messageOf('selec')).toMatch(/syntax error at or near "selec"/);
      expect(await messageOf("select set_config('a.b', 'c', true)")).toBe('permission denied for function set_config.');
      expect(await messageOf('select 1 / 0')).toBe('division by zero.');
    });

    it.each([
      ['text', `select '${'x'.repeat(10_000)}'`],
      ['terms', `select ${'1+'.repeat(4_990)}1`],
      ['negations', `select ${'not '.repeat(2_400)}true`],
      ['subqueries', `select ${'(select '.repeat(1_000)}1${')'.repeat(1_000)}`],
      ['brackets', `select replace(${longText(100_000)}, 'x', '[')::jsonb`],
      ['memory', `select length(${longText(1_100_000_000)})`],
    ])('survive a query with far too many %s', async (_what, text) => {
      await database()
        .query(acme, text, limits)
        .catch((error: unknown) => expect(error).toBeInstanceOf(QueryRefused));
      expect((await database().query(acme, 'select 1', limits)).rows).toEqual([[1]]);
    });
  });

  describe('time', () => {
    it('an aborted scope never starts', async () => {
      const scope = scopeFor('acme', { signal: AbortSignal.abort('gone') });
      let ran = false;
      const run = database().transaction(scope, async () => {
        ran = true;
      });
      await expect(run).rejects.toMatchObject({ kind: 'cancelled', cause: 'gone' });
      await expect(
        database().query(scopeFor('acme', { remainingMs: () => 0 }), 'select 1', limits),
      ).rejects.toBeInstanceOf(DatabaseError);
      expect(ran).toBe(false);
    });

    it('an abort between statements rolls back at once, whatever the work still waits for', async () => {
      const before = await count('acme');
      const abort = new AbortController();
      const run = database().transaction(scopeFor('acme', { signal: abort.signal }), async (sql) => {
        await sql(insert, [1, 100, null]);
        abort.abort();
        await new Promise(() => {});
      });
      await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
      expect(await count('acme')).toBe(before);
    });

    it('answers ping', async () => {
      await database().ping(new AbortController().signal);
    });
  });
}
