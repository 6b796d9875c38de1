import { ToolError } from '@sallyport/core';
import { errorOf } from '@sallyport/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { generatedQuery } from '../test-rig/generated-queries.js';
import { postgresAnswers, usePostgres } from '../test-rig/postgres-fixture.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { asking, type ShopCall, shopStack } from '../test-rig/shop-tools.js';
import type { Database } from './database.js';
import { DatabaseError } from './database-error.js';

/** The full number is 100,000, which takes a machine to itself. */
const generated = Number(process.env.GENERATED_QUERIES ?? 3_000);

describe.skipIf(!postgresAnswers)('tenants', () => {
  const fixture = usePostgres();

  /** A thousand calls of two tenants on two connections, with everything going wrong now and then: who saw what it must not, and how many saw anything. */
  async function storm(database: Database): Promise<{ foreign: string[]; answered: number }> {
    const random = (i: number, of: number): boolean => (i * 2_654_435_761) % of === 0;
    const look = shopStack(database).tool({
      name: 'look',
      description: 'Looks.',
      access: 'read',
      timeoutMs: 20_000,
      input: z.object({ n: z.number() }),
      async handler({ n }, call: ShopCall) {
        const rows = await call.db.sql<{ tenant_id: string }>('select distinct tenant_id from invoices');
        if (random(n, 5)) throw new ToolError('POLICY_DENIED', 'Now and then.');
        if (random(n, 7)) await call.db.sql('select 1 / 0');
        if (random(n, 11)) await call.db.sql('select pg_sleep(5)');
        return rows.map((row) => row.tenant_id).join();
      },
    });
    const foreign: string[] = [];
    let answered = 0;
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        const tenant = n % 2 === 0 ? 'acme' : 'globex';
        const abort = new AbortController();
        if (random(n, 11)) setTimeout(() => abort.abort(), (n % 50) * 10);
        const answer = await look.call({ ...asking(tenant, { n }), signal: abort.signal });
        const text = answer.content?.[0]?.text;
        if (answer.isError === true) return;
        answered += 1;
        if (text !== tenant) foreign.push(`${tenant} saw ${text}`);
      }),
    );
    return { foreign, answered };
  }

  test('of 1,000 concurrent calls of two tenants on a pool of 2, with throws, aborts and kills, none sees a foreign row', async () => {
    const database = await fixture.open({ max: 2 });
    const kills = setInterval(() => {
      const kill =
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sallyport_app' and datname = current_database() limit 1";
      fixture.admin(kill).catch(() => undefined);
    }, 200);
    try {
      const { foreign, answered } = await storm(database);
      expect(foreign).toEqual([]);
      // A good third throws or is killed.
      expect(answered).toBeGreaterThan(300);
    } finally {
      clearInterval(kills);
      await database.close();
    }
  });

  test('a tenant that is left on a connection by the call before is found by it', async () => {
    const database = await fixture.open({ max: 2 });
    let before = 'acme';
    const seeded: Database = {
      ...database,
      async open(scope) {
        // The bug, as of a tenant that is set for the session and not for the transaction.
        const tenant = before;
        before = scope.tenant;
        return database.open({ ...scope, tenant });
      },
    };
    try {
      expect((await storm(seeded)).foreign).not.toEqual([]);
    } finally {
      await database.close();
    }
  });

  test('when the pool is stalled nobody waits past the deadline', async () => {
    const database = await fixture.open({ max: 2 });
    try {
      let letGo = (): void => {};
      const stalled = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const holding = [1, 2].map(() =>
        database.transaction(scopeFor('acme', { remainingMs: () => 60_000 }), async (sql) => {
          await sql('select 1');
          await stalled;
        }),
      );
      const look = shopStack(database).tool({
        name: 'look',
        description: 'Looks.',
        access: 'read',
        timeoutMs: 500,
        input: z.object({}),
        handler: (_input, { db }) => db.sql('select 1'),
      });
      const took: number[] = [];
      const answers = await Promise.all(
        Array.from({ length: 300 }, async () => {
          const begun = performance.now();
          const answer = await look.call(asking('acme'));
          took.push(performance.now() - begun);
          return errorOf(answer)?.code;
        }),
      );
      for (const code of answers) expect(['TOOL_TIMEOUT', 'DEPENDENCY_UNAVAILABLE']).toContain(code);
      expect(Math.max(...took)).toBeLessThan(900);
      letGo();
      await Promise.all(holding);
      expect((await look.call(asking('acme'))).isError).toBeUndefined();
    } finally {
      await database.close();
    }
  });

  describe('generated queries', () => {
    let database: Database;
    beforeAll(async () => {
      database = await fixture.open();
    });
    afterAll(() => database?.close());
    const run = (on: Database, text: string) =>
      on.query(scopeFor('acme', { remainingMs: () => 2_000 }), text, { maxRows: 50, maxBytes: 50_000 });
    const state = () =>
      fixture.admin(`select (select md5(string_agg(t::text, ',' order by t::text)) from (
          select to_jsonb(i) as t from invoices i union all select to_jsonb(o) from orders o union all select to_jsonb(c) from customers c) a) as rows,
        (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace) as relations`);

    test(`${generated} of them show no foreign row, write nothing, and leave no lock or setting`, {
      timeout: 3_600_000,
    }, async () => {
      const before = await state();
      let answered = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(generatedQuery, { minLength: 10, maxLength: 10 }), async (texts) => {
          const answers = await Promise.all(texts.map((text) => run(database, text).catch((error: unknown) => error)));
          for (const [i, answer] of answers.entries()) {
            if (answer instanceof DatabaseError) continue;
            answered += 1;
            // A query may name the other tenant itself; its rows have memos and names.
            expect(JSON.stringify(answer), texts[i]).not.toMatch(/globex invoice|Whitfield|Sato|Costa/);
          }
        }),
        { numRuns: Math.ceil(generated / 10) },
      );
      expect(answered).toBeGreaterThan(generated / 10);
      expect(await state()).toEqual(before);
      const [left] = await fixture.admin("select count(*)::int as locks from pg_locks where locktype = 'advisory'");
      expect(left).toEqual({ locks: 0 });
      const settings = 'select distinct tenant_id from invoices';
      expect(await Promise.all([1, 2, 3, 4].map(async () => (await run(database, settings)).rows))).toEqual(
        Array.from({ length: 4 }, () => [['acme']]),
      );
    });

    test('the same queries find a login that may set the tenant', { timeout: 600_000 }, async () => {
      await fixture.admin('grant execute on function pg_catalog.set_config(text, text, boolean) to public');
      try {
        const texts = fc
          .sample(generatedQuery, { numRuns: 3_000, seed: 1 })
          .filter((text) => /set_config|fconfig/.test(text));
        let foreign = 0;
        for (const text of texts) {
          const answer = await run(database, text).catch((error: unknown) => error);
          if (/globex invoice|Whitfield|Sato|Costa/.test(JSON.stringify(answer))) foreign += 1;
        }
        expect(foreign).toBeGreaterThan(0);
      } finally {
        await fixture.setUp();
      }
    });
  });
});
