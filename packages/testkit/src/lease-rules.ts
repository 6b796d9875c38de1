import assert from 'node:assert/strict';
import type { AdmissionRequest, AdmissionStore } from '@sallyport/core';
import type { ContractRule, StoreUnderTest } from './contract-rule.js';
import { holdAndRelease } from './hold-and-release.js';

const leaseMs = 600;

/** What every admission store promises about leases. `hold` asks for a lease that does not end by itself, of so many. */
export function leaseRules(
  on: (title: string, body: (subject: StoreUnderTest<AdmissionStore>) => Promise<void>) => ContractRule,
  hold: (limit: number) => AdmissionRequest,
  timeOf: (store: AdmissionStore) => Promise<number>,
): readonly ContractRule[] {
  const holdBriefly = (limit: number) => ({ ...hold(limit), leaseMs });

  return [
    on('never has more leases live than the limit, whatever is taken, released and renewed', async (subject) => {
      await holdAndRelease(subject, holdBriefly, timeOf, leaseMs);
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

    on('the lease of a holder that vanished expires, and not before its time', async ({ store, advance }) => {
      const { atMs: taken } = await store.admit(holdBriefly(1));
      for (const ms of [leaseMs - 1, 1]) {
        await advance(ms);
        const { admitted, atMs } = await store.admit(holdBriefly(1));
        assert.equal(admitted, atMs >= taken + leaseMs, `${atMs - taken} ms after it was taken for ${leaseMs}`);
        if (admitted) break;
      }
    }),

    on('a lease that is renewed is held past its first end', async ({ store, advance }) => {
      const held = holdBriefly(1);
      assert.equal((await store.admit(held)).admitted, true);
      let renewed = 0;
      for (let beat = 0; beat < 4; beat++) {
        await advance(leaseMs / 2);
        renewed = await timeOf(store);
        await store.renew(held);
      }
      const { admitted, atMs } = await store.admit(holdBriefly(1));
      if (atMs < renewed + leaseMs) assert.equal(admitted, false);
    }),

    on('renewing what has expired or was released brings nothing back', async ({ store, advance }) => {
      const [expired, released] = [holdBriefly(1), holdBriefly(1)];
      assert.equal((await store.admit(expired)).admitted, true);
      await advance(leaseMs);
      await store.renew(expired);
      assert.equal((await store.admit(released)).admitted, true);
      await store.release(released);
      await store.renew(released);
      assert.equal((await store.admit(holdBriefly(1))).admitted, true);
    }),
  ];
}
