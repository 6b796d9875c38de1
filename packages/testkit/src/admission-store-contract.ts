import assert from 'node:assert/strict';
import type { AdmissionRequest, AdmissionStore } from '@sallyport/core';
import { type ContractRule, rule, type StoreUnderTest } from './contract-rule.js';
import { leaseRules } from './lease-rules.js';
import { mostInWindow } from './most-in-window.js';
import { overload } from './overload.js';
import { refusal } from './refusal.js';

/** Short, so that the suite is bearable on a store whose clock cannot be set; twelve buckets of 100 ms. */
const windowMs = 1_200;
const bucketMs = windowMs / 12;
/** For rules in which nothing is meant to expire, however slow the machine is. */
const longMs = 60_000;
const stallMs = 500;

/**
 * What every {@link AdmissionStore} promises, as rules to run under any test runner, each on a fresh store. Decisions are judged
 * by the time the store says it made them at (`atMs`), so the rules are as exact on a real clock, where `advance` may wait too
 * long, as on a fake one.
 *
 * @example
 * ```ts
 * import { memoryAdmission } from '@sallyport/core';
 * import { admissionStoreContract, FakeClock } from '@sallyport/testkit';
 * import { test } from 'vitest';
 *
 * const fresh = () => {
 *   const clock = new FakeClock();
 *   return { store: memoryAdmission({ clock }), advance: (ms: number) => clock.advance(ms) };
 * };
 * for (const { title, prove } of admissionStoreContract(fresh)) test(title, prove);
 * ```
 */
export function admissionStoreContract(
  fresh: () => StoreUnderTest<AdmissionStore> | Promise<StoreUnderTest<AdmissionStore>>,
): readonly ContractRule[] {
  let made = 0;
  const request = (over: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
    id: `admission-${++made}`,
    tenant: 'acme',
    windows: [],
    leases: [],
    leaseMs: longMs,
    ...over,
  });
  const spend = (limit: number, cost = 1, key = 'a') =>
    request({ windows: [{ key, reached: `${limit} for ${key}`, limit, windowMs, cost }] });
  const hold = (limit: number) => request({ leases: [{ key: 'a', reached: `${limit} at once for a`, limit }] });
  /** What the store's clock says: decided at once, because no limit applies. */
  const timeOf = async (store: AdmissionStore) => (await store.admit(request())).atMs;
  const on = (title: string, body: (subject: StoreUnderTest<AdmissionStore>) => Promise<void>) =>
    rule(fresh, title, body);

  return [
    on('admits what no limit applies to', async ({ store }) => {
      const { admitted, remaining } = await store.admit(request());
      assert.deepEqual({ admitted, remaining }, { admitted: true, remaining: [] });
    }),

    on('says when it decided, by a clock that moves as time passes and never goes back', async ({ store, advance }) => {
      let last = await timeOf(store);
      for (const ms of [0, 1, 50, 400]) {
        await advance(ms);
        const now = await timeOf(store);
        assert.ok(now >= last + ms, `${ms} ms passed, and its clock went from ${last} to ${now}`);
        last = now;
      }
    }),

    on('says what is left of each window, in whole units, whatever it decides, and gets it back', async (subject) => {
      const { store, advance } = subject;
      const wide = { key: 'wide', reached: 'wide', limit: 10.5, windowMs, cost: 1 };
      const tight = { key: 'tight', reached: 'tight', limit: 3, windowMs, cost: 1.5 };
      const ask = async () => (await store.admit(request({ windows: [wide, tight] }))).remaining;
      assert.deepEqual(await ask(), [9, 1]);
      assert.deepEqual(await ask(), [8, 0]);
      assert.deepEqual(await ask(), [8, 0], 'a refused call was charged');
      await advance(windowMs + bucketMs);
      assert.deepEqual(await ask(), [9, 1]);
    }),

    on('fractions of units add up, and are gone when they leave the window', async ({ store, advance }) => {
      for (let call = 0; call < 10; call++) assert.equal((await store.admit(spend(1, 0.1))).admitted, call < 10);
      assert.equal((await store.admit(spend(1, 0.1))).admitted, false);
      await advance(windowMs + bucketMs);
      assert.equal((await store.admit(spend(1, 1))).admitted, true);
    }),

    on('a limit without end limits nothing', async ({ store }) => {
      for (let call = 0; call < 20; call++) {
        assert.equal((await store.admit(spend(Number.POSITIVE_INFINITY, 1e9))).admitted, true);
      }
    }),

    on('admits exactly the limit at once, and names the limit that refuses', async ({ store }) => {
      for (let call = 0; call < 5; call++) assert.equal((await store.admit(spend(5))).admitted, true);
      const refused = refusal(await store.admit(spend(5)));
      assert.equal(refused.limit, '5 for a');
      assert.ok(
        refused.retryAfterMs > 0 && refused.retryAfterMs <= windowMs + bucketMs,
        `waits ${refused.retryAfterMs} ms`,
      );
    }),

    on('admits exactly the limit to calls that come together', async ({ store }) => {
      const decisions = await Promise.all(Array.from({ length: 50 }, () => store.admit(spend(7))));
      assert.equal(decisions.filter(({ admitted }) => admitted).length, 7);
    }),

    on('takes the cost of a call from the window, and refuses a cost that does not fit whole', async ({ store }) => {
      assert.equal((await store.admit(spend(10, 6))).admitted, true);
      assert.equal((await store.admit(spend(10, 5))).admitted, false);
      assert.equal((await store.admit(spend(10, 4))).admitted, true);
      assert.equal((await store.admit(spend(10, 1))).admitted, false);
    }),

    on('refuses a cost above the limit, with a time to wait, on an empty and on a used window', async ({ store }) => {
      assert.ok(refusal(await store.admit(spend(3, 4))).retryAfterMs > 0);
      assert.equal((await store.admit(spend(3, 3))).admitted, true);
      assert.ok(refusal(await store.admit(spend(3, 4))).retryAfterMs > 0);
    }),

    ...[1, 2, 3].map((seed) =>
      on(
        `never lets more than the limit into any rolling window, and stays greedy (arrivals ${seed})`,
        async (subject) => {
          const { limit, history, refusedEarly } = await overload(subject, spend, windowMs, seed);
          assert.ok(mostInWindow(history, windowMs) <= limit, `${mostInWindow(history, windowMs)} of ${limit}`);
          assert.equal(refusedEarly, 0, 'refused although the last 13 twelfths of the window had room');
        },
      ),
    ),

    on('refuses just before the time it names, and admits at it', async ({ store, advance }) => {
      await advance(37);
      for (const pause of [0, 130, 250, 0]) {
        await advance(pause);
        assert.equal((await store.admit(spend(4))).admitted, true);
      }
      const refused = refusal(await store.admit(spend(4)));
      const named = refused.atMs + refused.retryAfterMs;
      await advance(Math.max(0, refused.retryAfterMs - 1));
      for (;;) {
        const { admitted, atMs } = await store.admit(spend(4));
        // A wait in whole milliseconds may be up to one too long.
        if (admitted) assert.ok(atMs > named - 1, `admitted ${named - atMs} ms too early`);
        else assert.ok(atMs < named, `still refused ${atMs - named} ms after the time it named`);
        if (admitted) break;
        await advance(Math.max(1, named - atMs));
      }
    }),

    on('a call refused by one limit changes no other counter, a thousand times', async ({ store }) => {
      const open = { key: 'open', reached: 'open', limit: 3, windowMs: longMs, cost: 1 };
      const shut = { key: 'shut', reached: 'shut', limit: 1, windowMs: longMs, cost: 1 };
      const slots = { key: 'slots', reached: 'slots', limit: 2 };
      assert.equal((await store.admit(request({ windows: [shut] }))).admitted, true);
      for (let call = 0; call < 1_000; call++) {
        const windows = call % 2 === 0 ? [open, shut] : [shut, open];
        assert.equal((await store.admit(request({ windows, leases: [slots] }))).admitted, false);
      }
      for (const expected of [true, true, true, false]) {
        assert.equal((await store.admit(request({ windows: [open] }))).admitted, expected);
      }
      for (const expected of [true, true, false]) {
        assert.equal((await store.admit(request({ leases: [slots] }))).admitted, expected);
      }
    }),

    on('a call refused for want of a lease is charged nothing', async ({ store }) => {
      const slot = { key: 'slot', reached: 'slot', limit: 1 };
      const window = { key: 'open', reached: 'open', limit: 2, windowMs: longMs, cost: 1 };
      assert.equal((await store.admit(request({ leases: [slot] }))).admitted, true);
      for (let call = 0; call < 100; call++) {
        assert.equal(refusal(await store.admit(request({ windows: [window], leases: [slot] }))).limit, 'slot');
      }
      assert.equal((await store.admit(request({ windows: [{ ...window, cost: 2 }] }))).admitted, true);
    }),

    on('an admission that is sent again is charged once and holds one lease', async ({ store }) => {
      const sent = request({
        windows: [{ key: 'a', reached: 'window', limit: 2, windowMs, cost: 1 }],
        leases: [{ key: 'a', reached: 'lease', limit: 2 }],
      });
      for (let again = 0; again < 5; again++) assert.equal((await store.admit(sent)).admitted, true);
      assert.equal((await store.admit({ ...sent, id: 'another' })).admitted, true);
      assert.equal((await store.admit({ ...sent, id: 'third' })).admitted, false);
    }),

    on(
      'an admission that is sent again after others is charged once, whatever their ids have in common',
      async ({ store }) => {
        const sent = { ...spend(3), id: 'one:refund' };
        for (const id of ['one:refund', 'two:refund', 'one:refunds', 'one:refund'])
          assert.equal((await store.admit({ ...sent, id })).admitted, true);
        assert.equal((await store.admit({ ...sent, id: 'refund' })).admitted, false);
      },
    ),

    on('an admission that is sent again is admitted although the limit is reached by now', async ({ store }) => {
      const sent = spend(1);
      assert.equal((await store.admit(sent)).admitted, true);
      assert.equal((await store.admit(sent)).admitted, true);
      assert.equal((await store.admit(spend(1))).admitted, false);
    }),

    on('counters with different keys, and windows with different lengths, do not meet', async ({ store }) => {
      assert.equal((await store.admit(spend(1, 1, 'a'))).admitted, true);
      assert.equal((await store.admit(spend(1, 1, 'b'))).admitted, true);
      const longer = { key: 'a-longer', reached: 'longer', limit: 1, windowMs: windowMs * 2, cost: 1 };
      assert.equal((await store.admit(request({ windows: [longer] }))).admitted, true);
    }),

    on('a flood of other keys does not make it forget who reached the limit', async ({ store }) => {
      const once = (key: string) => request({ windows: [{ key, reached: key, limit: 1, windowMs: longMs, cost: 1 }] });
      assert.equal((await store.admit(once('a'))).admitted, true);
      // A bounded store may have no room for some of them.
      for (let key = 0; key < 5_000; key++) {
        try {
          await store.admit(once(`flood-${key}`));
        } catch {}
      }
      assert.equal((await store.admit(once('a'))).admitted, false);
    }),

    on('a released call stays charged', async ({ store }) => {
      const sent = spend(1);
      assert.equal((await store.admit(sent)).admitted, true);
      await store.release(sent);
      assert.equal((await store.admit(spend(1))).admitted, false);
    }),

    ...leaseRules(on, hold, timeOf),

    on(
      'what reaches a store after its caller was told that it does not answer charges and holds nothing',
      async (subject) => {
        const { store, stall, advance } = subject;
        if (stall === undefined) return;
        const limits = {
          windows: [{ key: 'a', reached: 'window', limit: 30, windowMs: 60_000, cost: 1 }],
          leases: [{ key: 'a', reached: 'lease', limit: 30 }],
        };
        await store.admit(request());
        await stall(stallMs);
        const late = await Promise.allSettled(Array.from({ length: 20 }, () => store.admit(request(limits))));
        const told = late.filter(({ status }) => status === 'fulfilled').length;
        await advance(2 * stallMs);
        const later = await Promise.all(Array.from({ length: 40 }, () => store.admit(request(limits))));
        assert.equal(later.filter(({ admitted }) => admitted).length, 30 - told);
      },
    ),
  ];
}
