import assert from 'node:assert/strict';
import type { UsageBatch, UsageEntry, UsageQuery, UsageStore } from '@sallyport/core';
import { type ContractRule, rule } from './contract-rule.js';
import { daysBefore } from './days-before.js';
import { sumOfBatches } from './sum-of-batches.js';

/** A fresh, empty store, small enough to be filled. */
export interface UsageUnderTest {
  readonly store: UsageStore;
  /** The day in UTC that it is for the store, as `2026-11-26`. */
  readonly today: string;
  /** How many rows it keeps of one tenant and day. */
  readonly maxRows: number;
  /** How many days it keeps, today included: more than 40. */
  readonly retentionDays: number;
  dispose?(): Promise<void>;
}

/**
 * What every {@link UsageStore} promises, as rules to run under any test runner, each on a fresh store. It must keep at least
 * 100 rows of a day.
 *
 * @example
 * ```ts
 * import { memoryUsage } from '@sallyport/core';
 * import { usageStoreContract } from '@sallyport/testkit';
 * import { test } from 'vitest';
 *
 * const bounds = { maxRows: 100, retentionDays: 50 };
 * const utcNow = () => Date.parse('2026-11-26T12:00:00Z');
 * const fresh = () => ({ store: memoryUsage({ ...bounds, utcNow }), today: '2026-11-26', ...bounds });
 * for (const { title, prove } of usageStoreContract(fresh)) test(title, prove);
 * ```
 */
export function usageStoreContract(fresh: () => UsageUnderTest | Promise<UsageUnderTest>): readonly ContractRule[] {
  let made = 0;
  const one = { calls: 1, handlerMs: 10, inputTokens: 2, outputTokens: 30, cost: 1 };
  const entry = (over: Partial<UsageEntry> = {}): UsageEntry => ({
    tenant: 'acme',
    issuer: 'https://issuer.test',
    agent: 'agent-1',
    tool: 'echo',
    ...one,
    ...over,
  });
  const batch = (day: string, ...entries: readonly UsageEntry[]): UsageBatch => ({
    source: `source-${++made}`,
    number: 1,
    day,
    entries,
  });
  const on = (title: string, body: (subject: UsageUnderTest) => Promise<void>) => rule(fresh, title, body);
  /** The one row there is. */
  const only = async ({ store, today }: UsageUnderTest, over: Partial<UsageQuery> = {}) => {
    const rows = await store.read({ from: today, to: today, by: 'tool', ...over });
    assert.equal(rows.length, 1, `${rows.length} rows`);
    return rows[0];
  };

  return [
    on('an empty store has no rows', async ({ store, today }) => {
      assert.deepEqual(await store.read({ from: today, to: today, by: 'agent' }), []);
    }),

    on(
      'reads back what was recorded, by agent, by tenant and by tool, with the names that tell which',
      async (subject) => {
        const { store, today } = subject;
        await store.record(batch(today, entry()));
        const { tenant, issuer, agent, tool } = entry();
        assert.deepEqual(await only(subject, { by: 'agent' }), { tenant, issuer, agent, ...one });
        assert.deepEqual(await only(subject, { by: 'tenant' }), { tenant, ...one });
        assert.deepEqual(await only(subject, { by: 'tool' }), { tool, ...one });
      },
    ),

    on('adds up what comes later, fractions too', async (subject) => {
      const { store, today } = subject;
      for (let more = 0; more < 3; more++) {
        await store.record(batch(today, entry({ cost: 0.5, handlerMs: 0.25, inputTokens: 1.5 })));
      }
      assert.deepEqual(await only(subject), {
        tool: 'echo',
        calls: 3,
        handlerMs: 0.75,
        inputTokens: 4.5,
        outputTokens: 90,
        cost: 1.5,
      });
    }),

    on('a batch that is sent again adds nothing, also after others of other sources', async (subject) => {
      const { store, today } = subject;
      const [first, other] = [batch(today, entry()), batch(today, entry())];
      for (const sent of [first, first, other, first, other]) await store.record(sent);
      assert.equal((await only(subject))?.calls, 2);
      const next = { ...first, number: 2 };
      for (const sent of [next, next, first]) await store.record(sent);
      assert.equal((await only(subject))?.calls, 3);
    }),

    on('a batch of many tenants that is sent again adds nothing to any', async ({ store, today }) => {
      const sent = batch(today, ...['a', 'b', 'c'].map((tenant) => entry({ tenant })));
      for (let again = 0; again < 3; again++) await store.record(sent);
      const rows = await store.read({ from: today, to: today, by: 'tenant' });
      assert.deepEqual(rows.map(({ tenant, calls }) => [tenant, calls]).sort(), [
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ]);
    }),

    on('sums days from the first to the last that is asked for, and no others', async ({ store, today }) => {
      for (let ago = 0; ago < 40; ago++) await store.record(batch(daysBefore(today, ago), entry({ cost: ago })));
      const cost = async (from: number, to: number) =>
        (await store.read({ from: daysBefore(today, from), to: daysBefore(today, to), by: 'agent' }))[0]?.cost;
      assert.equal(await cost(0, 0), 0);
      assert.equal(await cost(3, 3), 3);
      assert.equal(await cost(5, 2), 5 + 4 + 3 + 2);
      assert.equal(await cost(39, 0), (39 * 40) / 2);
      assert.equal(await cost(60, 41), undefined);
    }),

    on('the dearest come first: by cost, then by calls; and no more than are asked for', async ({ store, today }) => {
      const spent = [
        ['cheap', 1, 9],
        ['dear', 100, 1],
        ['busy', 5, 50],
        ['idle', 5, 2],
        ['most', 1_000, 3],
      ] as const;
      await store.record(batch(today, ...spent.map(([agent, cost, calls]) => entry({ agent, cost, calls }))));
      const names = async (top?: number) =>
        (await store.read({ from: today, to: today, by: 'agent', ...(top === undefined ? {} : { top }) })).map(
          ({ agent }) => agent,
        );
      assert.deepEqual(await names(), ['most', 'dear', 'busy', 'idle', 'cheap']);
      assert.deepEqual(await names(2), ['most', 'dear']);
    }),

    on('agents of one name at other issuers or tenants are others; names may be any text', async ({ store, today }) => {
      const odd = ['a', 'A', '', ' ', '"]', '{}', '%', '日本', '\u{1F600}', "';--", '\n\\', '*', '__proto__'];
      const owners = odd.flatMap((name) => [
        { tenant: 'one', issuer: name },
        { tenant: 'one', agent: name },
        { tenant: 'two', agent: name, issuer: 'i' },
      ]);
      await store.record(batch(today, ...owners.map(entry)));
      const rows = await store.read({ from: today, to: today, by: 'agent', top: 1_000 });
      const named = ({ tenant, issuer, agent }: Partial<UsageEntry>) => JSON.stringify([tenant, issuer, agent]);
      assert.deepEqual(rows.map(named).sort(), owners.map(entry).map(named).sort());
      assert.ok(rows.every(({ calls }) => calls === 1));
    }),

    on('a tool is summed over all tenants, and a tenant alone when it is asked for', async (subject) => {
      const { store, today } = subject;
      for (const [tenant, cost] of [
        ['acme', 1],
        ['globex', 2],
        ['acme', 4],
      ] as const) {
        await store.record(batch(today, entry({ tenant, cost })));
      }
      assert.equal((await only(subject))?.cost, 7);
      assert.equal((await only(subject, { tenant: 'acme' }))?.cost, 5);
      assert.equal((await only(subject, { tenant: 'globex', by: 'tenant' }))?.cost, 2);
      assert.deepEqual(await store.read({ from: today, to: today, by: 'agent', tenant: 'initech' }), []);
    }),

    on('a thousand records at once add up exactly', async ({ store, today }) => {
      const sent = Array.from({ length: 1_000 }, (_, index) =>
        batch(
          today,
          ...[0, 1, 2].map((tool) =>
            entry({ agent: `agent-${index % 7}`, tool: `tool-${(index + tool) % 5}`, cost: 2 }),
          ),
        ),
      );
      await Promise.all(sent.map((each) => answered(store, each)));
      const rows = await store.read({ from: today, to: today, by: 'tenant' });
      const all = { calls: 3_000, handlerMs: 30_000, inputTokens: 6_000, outputTokens: 90_000, cost: 6_000 };
      assert.deepEqual(rows, [{ tenant: 'acme', ...all }]);
      const tools = await store.read({ from: today, to: today, by: 'tool' });
      assert.deepEqual(
        tools.map(({ tool, calls }) => [tool, calls]).sort(),
        [0, 1, 2, 3, 4].map((at) => [`tool-${at}`, 600]),
      );
    }),

    on('what finds no row of its own is counted under *: rows stay bounded, and sums true', async (subject) => {
      const { store, today, maxRows } = subject;
      await store.record(batch(today, entry({ agent: 'known' })));
      const many = Array.from({ length: 2 * maxRows }, (_, index) => entry({ agent: `agent-${index}` }));
      for (let at = 0; at < many.length; at += 20) await store.record(batch(today, ...many.slice(at, at + 20)));
      await store.record(batch(today, entry({ agent: 'known' })));
      const rows = await store.read({ from: today, to: today, by: 'agent', top: 10 * maxRows });
      assert.ok(rows.length <= maxRows + 1, `${rows.length} rows where ${maxRows} may be`);
      assert.equal(rows.find(({ agent }) => agent === 'known')?.calls, 2);
      assert.equal(
        rows.reduce((sum, { calls }) => sum + calls, 0),
        many.length + 2,
      );
      const rest = rows.find(({ agent }) => agent === '*')?.calls ?? 0;
      // Each of the others has a row with its one call.
      assert.equal(rest, many.length - (rows.length - 2));
    }),

    on('a day whose retention is over is not kept, and the last one is', async (subject) => {
      const { store, today, retentionDays } = subject;
      const kept = daysBefore(today, retentionDays - 1);
      const over = daysBefore(today, retentionDays + 1);
      for (const day of [kept, over, '2001-01-01']) await store.record(batch(day, entry()));
      const read = async (day: string) => (await store.read({ from: day, to: day, by: 'agent' })).length;
      assert.deepEqual([await read(kept), await read(over), await read('2001-01-01')], [1, 0, 0]);
    }),

    on('a query that names no days, no grouping or no number of rows is refused', async ({ store, today }) => {
      const query: UsageQuery = { from: today, to: today, by: 'agent' };
      const wrong: readonly Partial<Record<keyof UsageQuery, unknown>>[] = [
        { from: '2026-13-01' },
        { from: '2026-02-30' },
        { to: '26-11-2026' },
        { from: "' OR 1=1", to: "' OR 1=1" },
        { from: daysBefore(today, -1) },
        { from: '1000-01-01' },
        { by: 'owner' },
        { top: 0 },
        { top: 1.5 },
        { top: '5' },
      ];
      for (const over of wrong) {
        await assert.rejects(
          async () => store.read({ ...query, ...over } as UsageQuery),
          RangeError,
          JSON.stringify(over),
        );
      }
    }),

    ...[1, 2].map((seed) =>
      on(`is the sum of what was recorded once, whatever is sent and sent again (batches ${seed})`, (subject) =>
        sumOfBatches(subject, entry, seed),
      ),
    ),
  ];
}

/** A store may say that it is busy: a batch is sent until it is answered. */
async function answered(store: UsageStore, batch: UsageBatch): Promise<void> {
  for (let left = 10_000; ; left--) {
    try {
      return await store.record(batch);
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
