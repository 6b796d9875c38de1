import { type Tool, ToolError } from '@sallyport/core';
import { errorOf } from '@sallyport/testkit';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { onEveryDatabase } from '../test-rig/kinds-of-database.js';
import { usePostgres } from '../test-rig/postgres-fixture.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { asking, payTool, type ShopCall, shopStack } from '../test-rig/shop-tools.js';
import type { Database } from './database.js';

onEveryDatabase((shop) => {
  const invoices = async (memo: string): Promise<number> => {
    const [row] = await shop.current.transaction(scopeFor('acme'), (sql) =>
      sql<{ n: number }>('select count(*) as n from invoices where memo = $1', [memo]),
    );
    return row?.n ?? Number.NaN;
  };
  const pay = (tool: Tool, memo: string, key?: string) => tool.call(asking('acme', { memo }, key));
  let runs = 0;
  const fresh = (): string => {
    runs += 1;
    return `transactional ${runs}`;
  };

  test('a key has one effect, and its answer is replayed byte for byte', async () => {
    const memo = fresh();
    const tool = payTool(shop.current);
    const first = await pay(tool, memo, memo);
    expect(first.isError).toBeUndefined();
    for (let again = 0; again < 3; again += 1) {
      const { _meta, ...rest } = await pay(tool, memo, memo);
      expect(JSON.stringify(rest)).toBe(JSON.stringify(first));
      expect(_meta).toEqual({ 'dev.sallyport/replayed': true });
    }
    expect(await invoices(memo)).toBe(1);
  });

  test('of a hundred calls with one key one runs; the others are answered while it does', async () => {
    const memo = fresh();
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const handler = vi.fn(() => held);
    const tool = payTool(shop.current, handler);
    const first = pay(tool, memo, memo);
    await vi.waitFor(() => expect(handler).toHaveBeenCalled(), { timeout: 5_000 });
    // The first goes on until they were answered: one that waited for it would wait for ever.
    const others = await Promise.all(Array.from({ length: 99 }, () => pay(tool, memo, memo)));
    expect(new Set(others.map((answer) => errorOf(answer)?.code))).toEqual(new Set(['IDEMPOTENCY_IN_PROGRESS']));
    letGo();
    const { id } = (await first).structuredContent as { id: number };
    expect(await pay(tool, memo, memo)).toMatchObject({ structuredContent: { id } });
    expect(handler).toHaveBeenCalledTimes(1);
    expect(await invoices(memo)).toBe(1);
  });

  test.each([
    ['other arguments', { memo: 'other' }, {}],
    ['another version of the tool', {}, { version: '2' }],
  ])('a key with %s is a conflict that shows nothing', async (_what, input, options) => {
    const memo = fresh();
    await pay(payTool(shop.current), memo, memo);
    const handler = vi.fn();
    const answer = await payTool(shop.current, handler, options).call(asking('acme', { memo, ...input }, memo));
    expect(errorOf(answer)?.code).toBe('IDEMPOTENCY_CONFLICT');
    expect(JSON.stringify(answer)).not.toContain(memo);
    expect(handler).not.toHaveBeenCalled();
  });

  test('an error that the tool decided undoes the effect, is saved, and is replayed', async () => {
    const memo = fresh();
    const handler = vi.fn(async ({ db }: ShopCall) => {
      await db.sql('select 1 / 0').catch(() => undefined);
      throw new ToolError('POLICY_DENIED', 'Not this one.');
    });
    const tool = payTool(shop.current, handler);
    for (let again = 0; again < 3; again += 1) {
      expect(errorOf(await pay(tool, memo, memo))).toMatchObject({ code: 'POLICY_DENIED' });
    }
    expect(handler).toHaveBeenCalledTimes(1);
    expect(await invoices(memo)).toBe(0);
  });

  test('such an error undoes the effect whatever savepoints the handler has made', async () => {
    const memo = fresh();
    const tool = payTool(shop.current, async ({ db }) => {
      await db.sql('savepoint sallyport_effect');
      throw new ToolError('POLICY_DENIED', 'Not this one.');
    });
    expect(errorOf(await pay(tool, memo, memo))).toMatchObject({ code: 'POLICY_DENIED' });
    expect(await invoices(memo)).toBe(0);
  });

  test.each([
    ['a refusal', () => Promise.reject(new ToolError('OVERLOADED', 'Later.')), 'OVERLOADED'],
    ['a fault', () => Promise.reject(new TypeError('oops')), 'INTERNAL'],
    ['a statement that failed and was swallowed', ({ db }: ShopCall) => db.sql('x').catch(() => undefined), 'INTERNAL'],
    ['an end of the transaction', ({ db }: ShopCall) => db.sql('commit'), 'INTERNAL'],
  ])('%s saves nothing, and the key is free', async (_what, then, code) => {
    const memo = fresh();
    expect(errorOf(await pay(payTool(shop.current, then), memo, memo))?.code).toBe(code);
    expect(await invoices(memo)).toBe(0);
    expect((await pay(payTool(shop.current), memo, memo)).isError).toBeUndefined();
    expect(await invoices(memo)).toBe(1);
  });

  test('a deadline undoes the effect, says so, and frees the key', async () => {
    const memo = fresh();
    const slow = payTool(shop.current, ({ db }) => db.sql('select pg_sleep(1)'), { timeoutMs: 300 });
    const late = await pay(slow, memo, memo);
    expect(errorOf(late)).toMatchObject({ code: 'TOOL_TIMEOUT', retryable: true });
    expect(late.content?.[0]?.text).toMatch(/Nothing was changed/);
    await vi.waitFor(async () => expect((await pay(payTool(shop.current), memo, memo)).isError).toBeUndefined(), {
      timeout: 5_000,
      interval: 50,
    });
    expect(await invoices(memo)).toBe(1);
  });

  test('a client that goes away undoes the effect, and its call under a new id has one', async () => {
    const memo = fresh();
    const abort = new AbortController();
    const tool = payTool(shop.current, () => abort.abort());
    const gone = await tool.call({ ...asking('acme', { memo }, memo), signal: abort.signal });
    expect(errorOf(gone)?.code).toBe('CANCELLED');
    expect(await invoices(memo)).toBe(0);
    await vi.waitFor(async () => expect((await pay(payTool(shop.current), memo, memo)).isError).toBeUndefined(), {
      timeout: 5_000,
      interval: 50,
    });
    expect(await invoices(memo)).toBe(1);
  });

  test('without a key every call is an effect of its own, saved or undone as a whole', async () => {
    const memo = fresh();
    await Promise.all([pay(payTool(shop.current), memo), pay(payTool(shop.current), memo)]);
    await pay(
      payTool(shop.current, () => Promise.reject(new ToolError('INVALID_INPUT', 'No.'))),
      memo,
    );
    expect(await invoices(memo)).toBe(2);
  });

  test('another tenant, with the same key, has an effect of its own', async () => {
    const memo = fresh();
    const tool = payTool(shop.current);
    await pay(tool, memo, memo);
    const other = await tool.call(asking('globex', { memo }, memo));
    // Customer 1 is acme's: what matters is that it ran, and was not answered from acme's key.
    expect(errorOf(other)?.code).toBe('INVALID_INPUT');
    expect(JSON.stringify(other)).not.toContain('replayed');
  });

  test('an answer that is too large undoes the effect, and says so', async () => {
    const memo = fresh();
    const tool = shopStack(shop.current).tool({
      name: 'pay',
      description: 'Makes an invoice, and says much of it.',
      access: 'write',
      effects: 'transactional',
      maxOutputBytes: 100,
      input: z.object({ memo: z.string() }),
      async handler(_input, { db }) {
        await db.sql("insert into invoices (customer_id, amount_cents, currency, memo) values (1, 1, 'EUR', $1)", [
          memo,
        ]);
        return 'x'.repeat(1_000);
      },
    });
    for (let again = 0; again < 2; again += 1) {
      const answer = await pay(tool, memo, memo);
      expect(errorOf(answer)?.code).toBe('OUTPUT_TOO_LARGE');
      expect(JSON.stringify(answer)).toContain('over 100 bytes. Nothing was changed.');
    }
    expect(await shop.admin('select 1 from invoices where memo = $1', [memo])).toEqual([]);
  });

  test('the handle is dead after the call, and cannot be used apart or for queries within', async () => {
    const memo = fresh();
    let kept: ShopCall['db'] | undefined;
    const tool = payTool(shop.current, async ({ db }) => {
      kept = db;
      await expect(db.apart(async () => 1)).rejects.toThrow(/one transaction/);
      await expect(db.query('select 1', { maxRows: 1, maxBytes: 9 })).rejects.toThrow(/one transaction/);
    });
    expect((await pay(tool, memo, memo)).isError).toBeUndefined();
    await expect(kept?.sql('select 1')).rejects.toThrow(/ended/);
  });

  if (shop.kind === 'server') acrossInstances();
});

/** What needs two processes: here two pools, which share nothing but the server. */
function acrossInstances(): void {
  const fixture = usePostgres();

  test('of calls with one key on two instances one runs; the others are answered while it does', async () => {
    const instances: Database[] = [await fixture.open(), await fixture.open()];
    try {
      for (let round = 0; round < 20; round += 1) {
        const memo = `round ${round}`;
        let letGo = (): void => {};
        const held = new Promise<void>((resolve) => {
          letGo = resolve;
        });
        const handler = vi.fn(() => held);
        const tools = instances.map((database) => payTool(database, handler));
        let failed = 0;
        const answers = await Promise.all(
          Array.from({ length: 50 }, async (_, i) => {
            const answer = await (tools[i % 2] as Tool).call(asking('acme', { memo }, memo));
            if (answer.isError === true) failed += 1;
            // The one that runs ends when all the others were answered.
            if (failed === 49) letGo();
            return errorOf(answer)?.code;
          }),
        );
        expect(handler).toHaveBeenCalledTimes(1);
        expect(answers.filter((code) => code === 'IDEMPOTENCY_IN_PROGRESS')).toHaveLength(49);
        const [{ n } = {}] = await fixture.admin('select count(*)::int as n from invoices where memo = $1', [memo]);
        expect(n).toBe(1);
      }
    } finally {
      await Promise.all(instances.map((database) => database.close()));
    }
  });
}
