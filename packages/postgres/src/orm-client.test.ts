import { eq, sql } from 'drizzle-orm';
import { drizzle, type NodePgClient } from 'drizzle-orm/node-postgres';
import { bigint, boolean, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { type Generated, Kysely, PostgresDialect } from 'kysely';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { onEveryDatabase } from '../test-rig/kinds-of-database.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { asking, type ShopCall, shopStack } from '../test-rig/shop-tools.js';
import { ormClient } from './orm-client.js';

const invoices = pgTable('invoices', {
  id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  tenantId: text('tenant_id'),
  customerId: integer('customer_id').notNull(),
  amountCents: integer('amount_cents').notNull(),
  currency: text().notNull(),
  memo: text(),
});

interface Shop {
  invoices: {
    id: Generated<number>;
    tenant_id: Generated<string>;
    customer_id: number;
    amount_cents: number;
    currency: string;
    memo: string | null;
  };
}

const drizzleOn = ({ db }: ShopCall) => drizzle(ormClient(db) as unknown as NodePgClient);
const kyselyOn = ({ db }: ShopCall) => new Kysely<Shop>({ dialect: new PostgresDialect({ pool: ormClient(db) }) });

onEveryDatabase((shop) => {
  const run = async <T>(
    work: (call: ShopCall) => Promise<T>,
    facts: { access: 'read' } | { access: 'write'; effects: 'transactional' } = {
      access: 'write',
      effects: 'transactional',
    },
  ) => {
    let value: T | undefined;
    const tool = shopStack(shop.current).tool({
      name: 'work',
      description: 'Works.',
      ...facts,
      input: z.object({}),
      async handler(_input, call) {
        value = await work(call);
      },
    });
    const answer = await tool.call(asking('acme'));
    return { value, failed: answer.isError === true };
  };
  const memos = (like: string) =>
    shop.current.transaction(scopeFor('acme'), (query) =>
      query('select memo, tenant_id from invoices where memo like $1 order by id', [like]),
    );
  const invoice = { customerId: 1, amountCents: 5, currency: 'EUR' };
  const row = { customer_id: 1, amount_cents: 5, currency: 'EUR' };

  test('Drizzle reads and writes in the call’s transaction, for its tenant', async () => {
    const { value } = await run(async (call) => {
      const orm = drizzleOn(call);
      const [made] = await orm
        .insert(invoices)
        .values({ ...invoice, memo: 'drizzle' })
        .returning();
      const [seen] = await orm.select().from(invoices).where(eq(invoices.memo, 'drizzle'));
      const [counted] = await call.db.sql<{ n: number }>("select count(*) as n from invoices where memo = 'drizzle'");
      const foreign = await orm.select().from(invoices).where(eq(invoices.tenantId, 'globex'));
      return { same: made?.id === seen?.id, tenant: seen?.tenantId, n: counted?.n, foreign };
    });
    expect(value).toEqual({ same: true, tenant: 'acme', n: 1, foreign: [] });
    expect(await memos('drizzle')).toHaveLength(1);
  });

  test('a handler that throws takes what Drizzle and Kysely did with it', async () => {
    const { failed } = await run(async (call) => {
      await drizzleOn(call)
        .insert(invoices)
        .values({ ...invoice, memo: 'gone 1' });
      await kyselyOn(call)
        .insertInto('invoices')
        .values({ ...row, memo: 'gone 2' })
        .execute();
      throw new Error('no');
    });
    expect(failed).toBe(true);
    expect(await memos('gone %')).toEqual([]);
  });

  test('a transaction of Drizzle’s is a savepoint of the call’s', async () => {
    const { failed } = await run(async (call) => {
      const orm = drizzleOn(call);
      await orm.transaction((inner) => inner.insert(invoices).values({ ...invoice, memo: 'd1' }));
      await orm
        .transaction(async (inner) => {
          await inner.insert(invoices).values({ ...invoice, memo: 'd2' });
          inner.rollback();
        })
        .catch(() => undefined);
      await orm.insert(invoices).values({ ...invoice, memo: 'd3' });
    });
    expect(failed).toBe(false);
    expect(await memos('d_')).toMatchObject([{ memo: 'd1' }, { memo: 'd3' }]);
  });

  test.each(['drizzle', 'kysely'])(
    'of two transactions of %s at once one is refused: neither undoes the other',
    async (builder) => {
      const { failed, value } = await run(async (call) => {
        const orm = drizzleOn(call);
        const kysely = kyselyOn(call);
        const transaction = (memo: string, then: () => unknown) =>
          builder === 'drizzle'
            ? orm.transaction(async (inner) => {
                await inner.insert(invoices).values({ ...invoice, memo });
                then();
              })
            : kysely.transaction().execute(async (inner) => {
                await inner
                  .insertInto('invoices')
                  .values({ ...row, memo })
                  .execute();
                then();
              });
        const fails = () => {
          throw new Error('no');
        };
        const ends = await Promise.allSettled([
          transaction(`${builder} kept`, () => {}),
          transaction(`${builder} undone`, fails),
        ]);
        await transaction(`${builder} next`, () => {});
        return ends.map(({ status }) => status);
      });
      expect({ failed, value }).toEqual({ failed: false, value: ['fulfilled', 'rejected'] });
      expect(await memos(`${builder} %`)).toMatchObject([{ memo: `${builder} kept` }, { memo: `${builder} next` }]);
    },
  );

  test('what stands behind the beginning or the end of a transaction is refused, and not dropped', async () => {
    const { value } = await run(async ({ db }) => {
      const texts = ['begin; select 1', 'commit/**/; select 1', 'rollback; select 1', 'commit and chain'];
      return Promise.all(
        texts.map((text) =>
          ormClient(db)
            .query(text)
            .catch(({ message }: Error) => message),
        ),
      );
    });
    expect(value).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/ended by the framework/)));
  });

  test('a transaction of a builder’s is run as the call’s, and one that is to be run otherwise is refused', async () => {
    const asked = async (call: ShopCall) => {
      const [drizzled, kysely] = [drizzleOn(call), kyselyOn(call)];
      const begun = async () => 'begun';
      const attempts = [
        () => drizzled.transaction(begun, { accessMode: 'read only' }),
        () => drizzled.transaction(begun, { isolationLevel: 'serializable' }),
        () => kysely.transaction().setAccessMode('read only').execute(begun),
        () => kysely.transaction().setIsolationLevel('repeatable read').execute(begun),
        () => kysely.transaction().setIsolationLevel('read committed').execute(begun),
      ];
      const ends: string[] = [];
      for (const attempt of attempts)
        ends.push(
          await attempt().catch(({ message, cause }: Error) => (cause instanceof Error ? cause.message : message)),
        );
      return ends;
    };
    const refused = expect.stringMatching(/^(READ ONLY|ISOLATION LEVEL [A-Z ]+): .* run as that is/);
    expect((await run(asked)).value).toEqual([refused, refused, refused, refused, 'begun']);
    expect((await run(asked, { access: 'read' })).value).toEqual(['begun', refused, 'begun', refused, 'begun']);
  });

  test('a rollback to a savepoint of the author’s goes to that one, however it is written', async () => {
    for (const back of [
      'rollback/**/to a',
      'rollback work to a',
      '/* tag */ ROLLBACK TRANSACTION -- x\n TO SAVEPOINT a',
    ]) {
      const { value, failed } = await run(async ({ db }) => {
        const client = ormClient(db);
        await client.query('savepoint a');
        await client.query('/* tag */ begin');
        await client.query(
          "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 1, 'EUR', 'back')",
        );
        await client.query(back);
        return (await client.query("select 1 from invoices where memo = 'back'")).rowCount;
      });
      expect([failed, value]).toEqual([false, 0]);
    }
  });

  test('Kysely reads and writes in the call’s transaction; a transaction of its own is a savepoint', async () => {
    const { value, failed } = await run(async (call) => {
      const orm = kyselyOn(call);
      const made = await orm
        .insertInto('invoices')
        .values({ ...row, memo: 'k1' })
        .returning('tenant_id')
        .execute();
      await orm
        .transaction()
        .execute(async (inner) => {
          await inner
            .insertInto('invoices')
            .values({ ...row, memo: 'k2' })
            .execute();
          throw new Error('undo');
        })
        .catch(() => undefined);
      await orm.transaction().execute((inner) =>
        inner
          .insertInto('invoices')
          .values({ ...row, memo: 'k3' })
          .execute(),
      );
      const { numInsertedOrUpdatedRows } = await orm
        .insertInto('invoices')
        .values({ ...row, memo: 'k4' })
        .executeTakeFirst();
      return { made, numInsertedOrUpdatedRows };
    });
    expect(failed).toBe(false);
    expect(value).toEqual({ made: [{ tenant_id: 'acme' }], numInsertedOrUpdatedRows: 1n });
    expect(await memos('k_')).toMatchObject([{ memo: 'k1' }, { memo: 'k3' }, { memo: 'k4' }]);
  });

  test('values come as the libraries expect them from pg', async () => {
    const values = pgTable('values', {
      flag: boolean(),
      json: jsonb(),
      at: timestamp({ withTimezone: true }),
      local: timestamp(),
    });
    const { value } = await run(async (call) => {
      const at = new Date('2026-01-02T03:04:05.678Z');
      const [got] = await drizzleOn(call)
        .select({
          flag: sql`true`.mapWith(values.flag),
          json: sql`'{"a":[1]}'::jsonb`.mapWith(values.json),
          at: sql`${at.toISOString()}::timestamptz`.mapWith(values.at),
          local: sql`'2026-01-02 03:04:05'::timestamp`.mapWith(values.local),
        })
        .from(sql`(select 1) as one`);
      return got;
    });
    expect(value).toEqual({
      flag: true,
      json: { a: [1] },
      at: new Date('2026-01-02T03:04:05.678Z'),
      local: new Date('2026-01-02T03:04:05Z'),
    });
  });
});
