import assert from 'node:assert/strict';
import type { AdmissionRequest, AdmissionStore, CalendarPeriod, WindowLimit } from '@sallyport/core';
import { type ContractRule, rule } from './contract-rule.js';
import { randomFrom } from './random-from.js';
import { refusal } from './refusal.js';

/** A fresh, empty store whose calendar the test can set, forwards and back. */
export interface BudgetsUnderTest {
  readonly store: AdmissionStore;
  /** From now on it is this time, in milliseconds since 1970 in UTC. */
  setUtc(utcMs: number): void | Promise<void>;
  dispose?(): Promise<void>;
}

const dayMs = 86_400_000;
const lengths = { day: dayMs, month: 31 * dayMs };
const noon = Date.UTC(2026, 10, 26, 12);
const midnight = Date.UTC(2026, 10, 27);

/**
 * What every {@link AdmissionStore} promises about budgets, the windows with `calendar`, as rules to run under any test runner.
 * Their periods are too long to wait for, so the test sets the calendar.
 *
 * @example
 * ```ts
 * import { memoryAdmission } from '@sallyport/core';
 * import { budgetContract } from '@sallyport/testkit';
 * import { test } from 'vitest';
 *
 * const fresh = () => {
 *   let now = 0;
 *   const setUtc = (utcMs: number) => {
 *     now = utcMs;
 *   };
 *   return { store: memoryAdmission({ utcNow: () => now }), setUtc };
 * };
 * for (const { title, prove } of budgetContract(fresh)) test(title, prove);
 * ```
 */
export function budgetContract(fresh: () => BudgetsUnderTest | Promise<BudgetsUnderTest>): readonly ContractRule[] {
  let made = 0;
  const budget = (calendar: CalendarPeriod, limit: number, cost = 1, key = 'a'): WindowLimit => ({
    key: `${key} ${calendar}`,
    reached: `${limit} per ${calendar} for ${key}`,
    limit,
    windowMs: lengths[calendar],
    calendar,
    cost,
  });
  const request = (...windows: readonly WindowLimit[]): AdmissionRequest => ({
    id: `admission-${++made}`,
    tenant: 'acme',
    windows,
    leases: [],
    leaseMs: 60_000,
  });
  const on = (title: string, body: (subject: BudgetsUnderTest) => Promise<void>) => rule(fresh, title, body);
  const admits = async (store: AdmissionStore, ...windows: readonly WindowLimit[]) =>
    (await store.admit(request(...windows))).admitted;
  /** How many of `calls` at once are admitted. */
  const count = async (store: AdmissionStore, calls: number, window: WindowLimit) =>
    (await Promise.all(Array.from({ length: calls }, () => admits(store, window)))).filter(Boolean).length;

  return [
    on('admits exactly the budget to calls that come together, each at its cost', async ({ store, setUtc }) => {
      await setUtc(noon);
      assert.equal(await count(store, 50, budget('day', 7)), 7);
      assert.equal(await count(store, 50, budget('month', 10, 3)), 3);
      assert.equal(await admits(store, budget('month', 10, 1)), true);
      assert.equal(await admits(store, budget('month', 10, 1)), false);
    }),

    on('says that it is a budget that refuses, which, and for how long: until the period is over', async (subject) => {
      const { store, setUtc } = subject;
      for (const [calendar, ends] of [
        ['day', midnight],
        ['month', Date.UTC(2026, 11)],
      ] as const) {
        await setUtc(noon);
        assert.equal(await admits(store, budget(calendar, 1)), true);
        const refused = refusal(await store.admit(request(budget(calendar, 1))));
        assert.equal(refused.limit, `1 per ${calendar} for a`);
        assert.equal(refused.isBudget, true);
        assert.ok(Math.abs(refused.retryAfterMs - (ends - noon)) <= 1, `waits ${refused.retryAfterMs} ms`);
      }
    }),

    on('a rolling window that refuses is no budget', async ({ store, setUtc }) => {
      await setUtc(noon);
      const minute = { key: 'minute', reached: 'minute', limit: 1, windowMs: 60_000, cost: 1 };
      assert.equal(await admits(store, minute, budget('day', 5)), true);
      const refused = refusal(await store.admit(request(minute, budget('day', 5))));
      assert.deepEqual([refused.limit, refused.isBudget], ['minute', undefined]);
    }),

    on('says what is left, whatever it decides', async ({ store, setUtc }) => {
      await setUtc(noon);
      const ask = async () => (await store.admit(request(budget('day', 3.5, 1.5), budget('month', 10)))).remaining;
      assert.deepEqual(await ask(), [2, 9]);
      assert.deepEqual(await ask(), [0, 8]);
      assert.deepEqual(await ask(), [0, 8], 'a refused call was charged');
    }),

    on('renews at midnight in UTC, and not a millisecond before', async ({ store, setUtc }) => {
      await setUtc(noon);
      assert.equal(await count(store, 3, budget('day', 2)), 2);
      await setUtc(midnight - 1);
      assert.equal(await count(store, 3, budget('day', 2)), 0);
      await setUtc(midnight);
      assert.equal(await count(store, 3, budget('day', 2)), 2);
      await setUtc(midnight + dayMs - 1);
      assert.equal(await count(store, 3, budget('day', 2)), 0);
    }),

    on('renews with each month, however long it is', async ({ store, setUtc }) => {
      for (const [year, month] of [
        [2026, 0],
        [2026, 1],
        [2026, 11],
        [2028, 1],
        [2028, 3],
        [2099, 11],
        [2100, 1],
      ] as const) {
        const own = budget('month', 2, 1, `${year}, month ${month}`);
        await setUtc(Date.UTC(year, month));
        assert.equal(await count(store, 3, own), 2, `at the start of ${own.key}`);
        await setUtc(Date.UTC(year, month + 1) - 1);
        const refused = refusal(await store.admit(request(own)));
        assert.ok(refused.retryAfterMs <= 1, `at the end of ${own.key} it says to wait ${refused.retryAfterMs} ms`);
        await setUtc(Date.UTC(year, month + 1));
        assert.equal(await count(store, 3, own), 2, `after ${own.key}`);
      }
    }),

    on('a call refused by a budget changes no other counter, and one refused by another no budget', async (subject) => {
      const { store, setUtc } = subject;
      await setUtc(noon);
      const hour = { key: 'hour', reached: 'hour', limit: 2, windowMs: 3_600_000, cost: 1 };
      assert.equal(await admits(store, budget('day', 1, 1, 'shut')), true);
      for (let call = 0; call < 100; call++) {
        assert.equal(await admits(store, hour, budget('month', 2), budget('day', 1, 1, 'shut')), false);
      }
      assert.equal(await count(store, 3, hour), 2);
      for (let call = 0; call < 100; call++) assert.equal(await admits(store, budget('month', 2), hour), false);
      assert.equal(await count(store, 3, budget('month', 2)), 2);
    }),

    on('an admission that is sent again is charged once, also when the budget is spent by now', async (subject) => {
      const { store, setUtc } = subject;
      await setUtc(noon);
      const sent = request(budget('day', 2));
      for (let again = 0; again < 5; again++) assert.equal((await store.admit(sent)).admitted, true);
      assert.equal(await count(store, 3, budget('day', 2)), 1);
      assert.equal((await store.admit(sent)).admitted, true);
    }),

    on('of all that refuses, what takes longest is named', async ({ store, setUtc }) => {
      await setUtc(noon);
      const minute = { key: 'minute', reached: 'minute', limit: 1, windowMs: 60_000, cost: 1 };
      const all = [minute, budget('month', 1), budget('day', 1)];
      assert.equal(await admits(store, ...all), true);
      assert.equal(refusal(await store.admit(request(...all))).limit, '1 per month for a');
    }),

    on('a clock that is set back over the turn of a period and goes on gives nothing twice', async (subject) => {
      const { store, setUtc } = subject;
      await setUtc(midnight - 10);
      assert.equal(await count(store, 9, budget('day', 5)), 5);
      await setUtc(midnight + 5);
      assert.equal(await count(store, 3, budget('day', 5)), 3);
      await setUtc(midnight - 5);
      assert.ok((await count(store, 9, budget('day', 5))) <= 2);
      await setUtc(midnight + 5);
      assert.equal(await count(store, 9, budget('day', 5)), 0);
    }),

    on('a clock that is set back by more forgives nothing that was spent', async ({ store, setUtc }) => {
      await setUtc(noon);
      assert.equal(await count(store, 9, budget('day', 5)), 5);
      await setUtc(noon - 40 * dayMs);
      assert.equal(await count(store, 9, budget('day', 5)), 0);
      await setUtc(noon - 39 * dayMs);
      assert.equal(await count(store, 9, budget('day', 5)), 5);
    }),

    ...[1, 2, 3].map((seed) =>
      on(`decides as sums by the date do, whatever comes and whenever (arrivals ${seed})`, async (subject) => {
        const { store, setUtc } = subject;
        const random = randomFrom(seed);
        const spent = new Map<string, number>();
        let now = noon;
        for (let call = 0; call < 300; call++) {
          now += random() < 0.4 ? 0 : Math.floor(random() ** 4 * 10 * dayMs);
          await setUtc(now);
          const cost = 1 + Math.floor(random() * 4);
          const date = new Date(now).toISOString();
          const [day, month] = [`${date.slice(0, 10)}`, `${date.slice(0, 7)}`];
          const fits = (spent.get(day) ?? 0) + cost <= 12 && (spent.get(month) ?? 0) + cost <= 40;
          const admitted = await admits(store, budget('day', 12, cost), budget('month', 40, cost));
          assert.equal(admitted, fits, `${cost} at ${date}, ${spent.get(day)} and ${spent.get(month)} spent`);
          if (!fits) continue;
          for (const key of [day, month]) spent.set(key, (spent.get(key) ?? 0) + cost);
        }
      }),
    ),
  ];
}
