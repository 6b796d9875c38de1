import { ToolError, type ToolResult } from '@sallyport/core';
import { errorOf, gate, testPrincipal } from '@sallyport/testkit';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { onEveryDatabase } from '../test-rig/kinds-of-database.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { asking, type ShopCall, shopStack } from '../test-rig/shop-tools.js';
import type { Database } from './database.js';
import { DatabaseError } from './database-error.js';
import { tenantDb } from './tenant-db.js';

const insert = "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 100, 'EUR', $1)";

onEveryDatabase((shop) => {
  const over = (open: Database['open']): Database => ({ ...shop.current, open });
  const readTool = (handler: (call: ShopCall) => unknown, database = shop.current, timeoutMs = 30_000) =>
    shopStack(database).tool({
      name: 'look',
      description: 'Looks.',
      access: 'read',
      timeoutMs,
      input: z.object({}),
      handler: (_input, call) => handler(call),
    });
  const writeTool = (
    handler: (call: ShopCall) => unknown,
    effects: 'natural' | 'phased' = 'natural',
    timeoutMs = 30_000,
  ) =>
    shopStack(shop.current).tool({
      name: 'change',
      description: 'Changes.',
      access: 'write',
      effects,
      timeoutMs,
      input: z.object({}),
      handler: (_input, call) => handler(call),
    });
  const count = async (memo: string): Promise<number> => {
    const [row] = await shop.current.transaction(scopeFor('acme'), (sql) =>
      sql<{ n: number }>('select count(*) as n from invoices where memo = $1', [memo]),
    );
    return row?.n ?? Number.NaN;
  };
  const text = ({ content }: ToolResult): unknown => content?.[0]?.text;

  test('a handler sees the rows of its tenant, and of no other', async () => {
    const tool = readTool(async ({ db }) => {
      const rows = await db.sql<{ tenant_id: string }>('select distinct tenant_id from invoices');
      return rows.map(({ tenant_id }) => tenant_id).join();
    });
    expect(text(await tool.call(asking('acme')))).toBe('acme');
    expect(text(await tool.call(asking('globex')))).toBe('globex');
    expect(text(await tool.call(asking('initech')))).toBe('');
  });

  test('calls that wait for a connection get it by their priority, and what the framework asks like the most important', async () => {
    const stack = shopStack(shop.current, {
      shed: { priorityOf: ({ plan }) => (plan === 'gold' ? 'critical' : 'batch') },
    });
    const order: string[] = [];
    const toolOf = (name: string, policy: { access: 'read' } | { access: 'write'; effects: 'transactional' }) =>
      stack.tool({
        ...{ name, description: 'Looks.', ...policy, input: z.object({}) },
        async handler(_input, call) {
          await call.db.sql('select 1');
          order.push(`${name} ${call.principal.plan}`);
        },
      });
    const tools = [toolOf('look', { access: 'read' }), toolOf('change', { access: 'write', effects: 'transactional' })];
    const gauge = (name: string) =>
      shop.current.measures().find((each) => each.name === name && each.labels.login === 'app')?.value;
    const [one, others] = [gate(), gate()];
    const holders = Array.from({ length: gauge('capacity') ?? 0 }, (_, n) =>
      shop.current.transaction(scopeFor('acme'), async (sql) => {
        await sql('select 1');
        await (n === 0 ? one : others).promise;
      }),
    );
    await expect.poll(() => gauge('in_use')).toBe(holders.length);
    const calls = ['silver', 'gold'].flatMap((plan) =>
      tools.map((tool) => tool.call({ ...asking('acme'), auth: testPrincipal({ tenant: 'acme', plan }) })),
    );
    await expect.poll(() => gauge('waiting')).toBe(4);
    const own = shop.current.framework('select 1', [], 30_000).then(() => order.push('framework'));
    await expect.poll(() => gauge('waiting')).toBe(5);
    one.open();
    await Promise.all([...calls, own]);
    others.open();
    await Promise.all(holders);
    expect(order).toEqual(['look gold', 'change gold', 'framework', 'look silver', 'change silver']);
  });

  test('the statements of a call share one transaction; that of a read is read only', async () => {
    const tool = readTool(async ({ db }) => {
      const ids = await Promise.all([1, 2].map(() => db.sql('select now()::text, pg_backend_pid()')));
      expect(ids[0]).toEqual(ids[1]);
      return db.sql(insert, ['read']);
    });
    expect(errorOf(await tool.call(asking('acme')))?.code).toBe('INTERNAL');
  });

  test('a write is committed when its handler returns, and rolled back when it throws', async () => {
    await writeTool(({ db }) => db.sql(insert, ['kept'])).call(asking('acme'));
    expect(await count('kept')).toBe(1);
    const tool = writeTool(async ({ db }) => {
      await db.sql(insert, ['undone']);
      throw new ToolError('POLICY_DENIED', 'No.');
    });
    expect(errorOf(await tool.call(asking('acme')))?.code).toBe('POLICY_DENIED');
    expect(await count('undone')).toBe(0);
  });

  test('a tool that does not use the database takes no connection', async () => {
    const open = vi.fn(shop.current.open);
    await readTool(() => 'nothing', over(open)).call(asking('acme'));
    expect(open).not.toHaveBeenCalled();
  });

  test('a handler cannot end its transaction, and its handle ends with the call', async () => {
    let kept: ShopCall['db'] | undefined;
    const tool = writeTool(async ({ db }) => {
      kept = db;
      await db.sql(insert, ['whole']);
      await expect(db.sql('commit')).rejects.toThrow(/ended by the framework/);
    });
    expect((await tool.call(asking('acme'))).isError).toBeUndefined();
    expect(await count('whole')).toBe(1);
    await expect(kept?.sql('select 1')).rejects.toThrow(/ended/);
    await expect(kept?.apart(async () => 1)).rejects.toThrow(/ended/);
  });

  test('apart commits whatever becomes of the call, one at a time, and never takes a second connection', async () => {
    const tool = writeTool(async ({ db }) => {
      await db.apart(async (sql) => {
        await sql(insert, ['apart']);
        await expect(db.sql('select 1')).rejects.toThrow(/one connection/);
        await expect(db.apart(async () => 1)).rejects.toThrow(/one connection/);
      });
      await db.sql('select 1');
      await expect(db.apart(async () => 1)).rejects.toThrow(/one connection/);
      throw new ToolError('POLICY_DENIED', 'No.');
    }, 'phased');
    expect(errorOf(await tool.call(asking('acme')))?.code).toBe('POLICY_DENIED');
    expect(await count('apart')).toBe(1);
  });

  test('a write that is not phased has nothing apart from its effect', async () => {
    const tool = writeTool(async ({ db }) => {
      await expect(db.apart(async () => 1)).rejects.toThrow(/only a phased write/);
    });
    expect((await tool.call(asking('acme'))).isError).toBeUndefined();
  });

  test('what nobody awaits ends before the call, and fails without ending the process', async () => {
    const tool = writeTool(({ db }) => {
      void db.apart(async (sql) => {
        await sql('select pg_sleep(0.05)');
        await sql(insert, ['floating']);
      });
      void db.query('select 1', { maxRows: 1, maxBytes: 9 });
      void db.statement('commit');
    }, 'phased');
    expect((await tool.call(asking('acme'))).isError).toBeUndefined();
    expect(await count('floating')).toBe(1);
  });

  test('a phased write may still record what it did after its deadline', async () => {
    const answered = gate();
    const tool = writeTool(
      async ({ db }) => {
        await answered.promise;
        await db.apart((sql) => sql(insert, ['recorded late']));
      },
      'phased',
      2_000,
    );
    expect(errorOf(await tool.call(asking('acme', {}, 'late')))?.code).toBe('TOOL_TIMEOUT');
    answered.open();
    await vi.waitFor(async () => expect(await count('recorded late')).toBe(1), { timeout: 5_000 });
  });

  test.each([
    [
      'a constraint',
      "insert into invoices (customer_id, amount_cents, currency) values (1, -1, 'EUR')",
      'INVALID_INPUT',
    ],
    [
      'a customer of another tenant',
      "insert into invoices (customer_id, amount_cents, currency) values (2, 1, 'EUR')",
      'INVALID_INPUT',
    ],
    ['a permission', 'delete from invoices', 'INTERNAL'],
    ['wrong SQL', 'selec', 'INTERNAL'],
  ])('what the database says of %s is an error an agent can act on, and shows none of it', async (_what, sql, code) => {
    const answer = await writeTool(({ db }) => db.sql(sql)).call(asking('acme'));
    expect(errorOf(answer)?.code).toBe(code);
    expect(JSON.stringify(answer)).not.toMatch(/invoices|constraint|permission|syntax/);
  });

  test('a database that is busy beyond the time left is unavailable, at once and with a hint', async () => {
    const busy = over(() => Promise.reject(unavailable()));
    const answer = await readTool(({ db }) => db.sql('select 1'), busy).call(asking('acme'));
    expect(errorOf(answer)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 700 });
  });

  test('a phased write is unknown whatever the database refuses, because it may have taken effect', async () => {
    for (const sql of [
      "insert into invoices (customer_id, amount_cents, currency) values (1, -1, 'EUR')",
      "select 'x'::int",
    ]) {
      const tool = writeTool(({ db }) => db.apart((run) => run(sql)), 'phased');
      expect(errorOf(await tool.call(asking('acme', {}, sql)))?.code).toBe('OUTCOME_UNKNOWN');
    }
  });

  test.each(['40001', '40P01', '55P03'])(
    'a call that was undone for others (%s) can be made again',
    async (sqlState) => {
      const undone = new DatabaseError('statement', 'undone', { sqlState });
      const answer = await writeTool(() => Promise.reject(undone)).call(asking('acme'));
      expect(errorOf(answer)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true, retryAfterMs: 1_000 });
    },
  );

  test('a phased write whose database fails is unknown, never free to run again', async () => {
    const handler = vi.fn(() => Promise.reject(unavailable()));
    const tool = writeTool(handler, 'phased');
    for (let again = 0; again < 2; again += 1) {
      expect(errorOf(await tool.call(asking('acme', {}, 'lost')))?.code).toBe('OUTCOME_UNKNOWN');
    }
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('every statement carries agent, tenant, tool and trace as a comment, and the session its application name', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const tool = readTool(async ({ db }) => {
      const [row] = await db.sql("select current_query() as query, current_setting('application_name') as name");
      return JSON.stringify(row);
    });
    const asked = { auth: testPrincipal({ tenant: 'acme', subject: 'agent */ 7' }), input: {}, meta: { traceparent } };
    expect(text(await tool.call(asked))).toBe(
      JSON.stringify({
        query: `select current_query() as query, current_setting('application_name') as name /*agent='agent%20%2a%2F%207',tenant='acme',tool='look',traceparent='${traceparent}'*/`,
        name: 'sallyport:agent_*/_7/look'.replace('*', '_'),
      }),
    );
    expect(text(await tool.call({ ...asked, meta: { traceparent: "x'*/" } }))).not.toContain('traceparent');
  });
});

function unavailable(): DatabaseError {
  return new DatabaseError('unavailable', 'busy', { retryAfterMs: 700 });
}

test('what is no database is refused at once, also a promise of one', () => {
  for (const none of [undefined, {}, Promise.resolve()]) {
    expect(() => tenantDb(none as never)).toThrow('tenantDb: the database lacks open, transaction');
  }
});
