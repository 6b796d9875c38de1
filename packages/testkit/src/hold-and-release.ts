import assert from 'node:assert/strict';
import type { AdmissionRequest, AdmissionStore } from '@sallyport/core';
import type { StoreUnderTest } from './contract-rule.js';
import { randomFrom } from './random-from.js';

/** Random holders of leases of `leaseMs`; the model is the set of leases that must be live, and of those that may be. */
export async function holdAndRelease(
  { store, advance }: StoreUnderTest<AdmissionStore>,
  hold: (limit: number) => AdmissionRequest,
  timeOf: (store: AdmissionStore) => Promise<number>,
  leaseMs: number,
) {
  const random = randomFrom(42);
  const limit = 3;
  /** When each lease ends: not before `from`, and not after `to`. On a fake clock they are one. */
  const held = new Map<AdmissionRequest, { readonly from: number; readonly to: number }>();
  for (let step = 0; step < 200; step++) {
    const choice = random();
    const [oldest] = held.keys();
    if (choice < 0.5) {
      const request = hold(limit);
      const { admitted, atMs } = await store.admit(request);
      const ends = [...held.values()];
      const where = `step ${step}, at ${atMs}`;
      if (admitted) assert.ok(ends.filter(({ from }) => from > atMs).length < limit, `${where}: ${limit} are live`);
      else assert.ok(ends.filter(({ to }) => to > atMs).length >= limit, `${where}: not all are held`);
      if (admitted) held.set(request, { from: atMs + leaseMs, to: atMs + leaseMs });
    } else if (oldest !== undefined && choice < 0.65) {
      await store.release(oldest);
      held.delete(oldest);
    } else if (oldest !== undefined && choice < 0.8) {
      const before = await timeOf(store);
      await store.renew(oldest);
      const after = await timeOf(store);
      const { from, to } = held.get(oldest) ?? { from: 0, to: 0 };
      if (from > after) held.set(oldest, { from: before + leaseMs, to: after + leaseMs });
      else if (to > before) held.set(oldest, { from, to: after + leaseMs });
    } else await advance(150);
    const now = await timeOf(store);
    for (const [request, { to }] of held) if (to <= now) held.delete(request);
  }
}
