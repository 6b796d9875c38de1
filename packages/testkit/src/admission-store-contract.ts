import assert from 'node:assert/strict';
import type { Admission, AdmissionRequest, AdmissionStore } from '@sallyport/core';
import { type ContractRule, rule, type StoreUnderTest } from './contract-rule.js';
import { type AdmittedUnits, mostInWindow } from './most-in-window.js';
import { randomFrom } from './random-from.js';

/** Short, so that the suite is bearable on a store whose clock cannot be set; twelve buckets of 100 ms. */
const windowMs = 1_200;
const bucketMs = windowMs / 12;
const leaseMs = 600;

/**
 * What every {@link AdmissionStore} promises, as rules to run under any test runner, each on a fresh store.
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
    leaseMs,
    ...over,
  });
  const spend = (limit: number, cost = 1, key = 'a') =>
    request({ windows: [{ key, reached: `${limit} for ${key}`, limit, windowMs, cost }] });
  const hold = (limit: number, key = 'a') =>
    request({ leases: [{ key, reached: `${limit} at once for ${key}`, limit }] });
  const on = (title: string, body: (subject: StoreUnderTest<AdmissionStore>) => Promise<void>) =>
    rule(fresh, title, body);

  return [
    on('admits what no limit applies to', async ({ store }) => {
      assert.deepEqual(await store.admit(request()), { admitted: true });
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
          const { limit, history, refusedEarly } = await storm(subject, spend, seed);
          const slack = subject.toleranceMs ?? 0;
          assert.ok(
            mostInWindow(history, windowMs - 2 * slack) <= limit,
            `${mostInWindow(history, windowMs)} of ${limit}`,
          );
          if (slack === 0)
            assert.equal(refusedEarly, 0, 'refused although the last 13 twelfths of the window had room');
        },
      ),
    ),

    on('refuses just before the time it names, and admits at it', async ({ store, advance, toleranceMs = 0 }) => {
      await advance(37);
      for (const pause of [0, 130, 250, 0]) {
        await advance(pause);
        assert.equal((await store.admit(spend(4))).admitted, true);
      }
      const { retryAfterMs } = refusal(await store.admit(spend(4)));
      const before = Math.max(0, retryAfterMs - 1 - toleranceMs);
      await advance(before);
      if (toleranceMs === 0) assert.equal((await store.admit(spend(4))).admitted, false, 'admitted too early');
      await advance(retryAfterMs - before + toleranceMs);
      assert.equal((await store.admit(spend(4))).admitted, true, 'still refused at the time it named');
    }),

    on('a call refused by one limit changes no other counter, a thousand times', async ({ store }) => {
      const open = { key: 'open', reached: 'open', limit: 3, windowMs, cost: 1 };
      const shut = { key: 'shut', reached: 'shut', limit: 1, windowMs, cost: 1 };
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
      const window = { key: 'open', reached: 'open', limit: 2, windowMs, cost: 1 };
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
      assert.equal((await store.admit(spend(1))).admitted, true);
      // A bounded store may have no room for some of them.
      for (let key = 0; key < 5_000; key++) {
        try {
          await store.admit(spend(1, 1, `flood-${key}`));
        } catch {}
      }
      assert.equal((await store.admit(spend(1))).admitted, false);
    }),

    on('never has more leases live than the limit, whatever is taken, released and renewed', async (subject) => {
      await holdAndRelease(subject, hold);
    }),

    on('a lease is free again once it is released, by its id only', async ({ store }) => {
      const first = hold(1);
      assert.equal((await store.admit(first)).admitted, true);
      await store.release(hold(1));
      assert.equal((await store.admit(hold(1))).admitted, false, 'a stranger released it');
      await store.release(first);
      assert.equal((await store.admit(hold(1))).admitted, true);
    }),

    on("releasing twice frees nobody else's lease", async ({ store }) => {
      const [first, second] = [hold(2), hold(2)];
      assert.equal((await store.admit(first)).admitted, true);
      assert.equal((await store.admit(second)).admitted, true);
      await store.release(first);
      await store.release(first);
      assert.equal((await store.admit(hold(2))).admitted, true);
      assert.equal((await store.admit(hold(2))).admitted, false);
    }),

    on('a released call stays charged', async ({ store }) => {
      const sent = spend(1);
      assert.equal((await store.admit(sent)).admitted, true);
      await store.release(sent);
      assert.equal((await store.admit(spend(1))).admitted, false);
    }),

    on(
      'the lease of a holder that vanished expires, and not before its time',
      async ({ store, advance, toleranceMs = 0 }) => {
        assert.equal((await store.admit(hold(1))).admitted, true);
        await advance(leaseMs - 1 - toleranceMs);
        assert.equal((await store.admit(hold(1))).admitted, false);
        await advance(1 + 2 * toleranceMs);
        assert.equal((await store.admit(hold(1))).admitted, true);
      },
    ),

    on('a lease that is renewed is held past its first end', async ({ store, advance }) => {
      const held = hold(1);
      assert.equal((await store.admit(held)).admitted, true);
      for (let beat = 0; beat < 4; beat++) {
        await advance(leaseMs / 2);
        await store.renew(held);
      }
      assert.equal((await store.admit(hold(1))).admitted, false);
    }),

    on('renewing what has expired or was released brings nothing back', async ({ store, advance, toleranceMs = 0 }) => {
      const [expired, released] = [hold(1), hold(1)];
      assert.equal((await store.admit(expired)).admitted, true);
      await advance(leaseMs + toleranceMs);
      await store.renew(expired);
      assert.equal((await store.admit(released)).admitted, true);
      await store.release(released);
      await store.renew(released);
      assert.equal((await store.admit(hold(1))).admitted, true);
    }),
  ];
}

function refusal(admission: Admission): Extract<Admission, { admitted: false }> {
  assert.equal(admission.admitted, false, 'admitted although a limit was reached');
  return admission as Extract<Admission, { admitted: false }>;
}

/** Bursts, trickles and pauses over four windows; judged offline. */
async function storm(
  { store, advance }: StoreUnderTest<AdmissionStore>,
  spend: (limit: number, cost: number) => AdmissionRequest,
  seed: number,
) {
  const random = randomFrom(seed);
  const limit = 5 + Math.floor(random() * 20);
  const history: AdmittedUnits[] = [];
  let refusedEarly = 0;
  for (let atMs = 0; atMs < 4 * windowMs; ) {
    const burst = random() < 0.2 ? 2 * limit : Math.floor(random() * 4);
    for (let call = 0; call < burst; call++) {
      const units = random() < 0.8 ? 1 : 1 + Math.floor(random() * 3);
      const { admitted } = await store.admit(spend(limit, units));
      const recent = history.filter((past) => past.atMs > atMs - windowMs - bucketMs);
      if (admitted) history.push({ atMs, units });
      else if (recent.reduce((sum, past) => sum + past.units, units) <= limit) refusedEarly++;
    }
    const step = 1 + Math.floor(random() * (random() < 0.1 ? windowMs : bucketMs));
    await advance(step);
    atMs += step;
  }
  return { limit, history, refusedEarly };
}

/** Random holders; the model is the set of leases that must be live. */
async function holdAndRelease(
  { store, advance, toleranceMs = 0 }: StoreUnderTest<AdmissionStore>,
  hold: (limit: number) => AdmissionRequest,
) {
  const random = randomFrom(42);
  const limit = 3;
  const live = new Map<AdmissionRequest, number>();
  let nowMs = 0;
  for (let step = 0; step < 200; step++) {
    const request = hold(limit);
    const choice = random();
    const [oldest] = live.keys();
    if (choice < 0.5) {
      const { admitted } = await store.admit(request);
      if (toleranceMs === 0)
        assert.equal(admitted, live.size < limit, `step ${step}: ${live.size} of ${limit} are live`);
      if (admitted) live.set(request, nowMs + leaseMs);
    } else if (oldest !== undefined && choice < 0.65) {
      await store.release(oldest);
      live.delete(oldest);
    } else if (oldest !== undefined && choice < 0.8) {
      await store.renew(oldest);
      live.set(oldest, nowMs + leaseMs);
    } else {
      await advance(150);
      nowMs += 150;
    }
    for (const [held, until] of live) if (until - toleranceMs <= nowMs) live.delete(held);
    assert.ok(live.size <= limit);
  }
}
