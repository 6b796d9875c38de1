import type { AdmissionRequest, AdmissionStore, Clock, WindowLimit } from '@sallyport/core';
import { proveContract } from '../test-rig/prove-contract.js';
import { admissionStoreContract } from './admission-store-contract.js';
import { FakeClock } from './fake-clock.js';

type Flaw =
  | 'none'
  | 'fixed windows'
  | 'weighted windows'
  | 'the oldest bucket is not counted'
  | 'windows a sixth too long'
  | 'charges on denial'
  | 'charges one limit after the other'
  | 'no admission id'
  | 'leases counted up and down'
  | 'leases outlive their end'
  | 'renewing brings a lease back'
  | 'release refunds'
  | 'guesses the wait'
  | 'forgets the oldest key'
  | 'forgets what is left'
  | 'a clock that stands still';

/** Simple and slow: every charge is kept. With `none` it keeps the contract, with any other flaw it must be found out. */
function seeded(flaw: Flaw, clock: Clock): AdmissionStore {
  const charges = new Map<string, { id: string; at: number; cost: number }[]>();
  const leases = new Map<string, Map<string, number>>();
  const counts = new Map<string, number>();
  const admitted = new Set<string>();

  const spent = ({ key, windowMs }: WindowLimit, at: number): number => {
    const width = windowMs / 12;
    const weight = (then: number): number => {
      const buckets = Math.floor(at / width) - Math.floor(then / width);
      const windows = Math.floor(at / windowMs) - Math.floor(then / windowMs);
      if (flaw === 'fixed windows') return windows === 0 ? 1 : 0;
      if (flaw === 'weighted windows') return windows === 0 ? 1 : windows === 1 ? 1 - (at % windowMs) / windowMs : 0;
      if (flaw === 'the oldest bucket is not counted') return buckets < 12 ? 1 : 0;
      if (flaw === 'windows a sixth too long') return buckets < 15 ? 1 : 0;
      return buckets < 13 ? 1 : 0;
    };
    return (charges.get(key) ?? []).reduce((sum, charge) => sum + weight(charge.at) * charge.cost, 0);
  };
  const facts = ({ windows }: AdmissionRequest) => ({
    atMs: flaw === 'a clock that stands still' ? 0 : clock.now(),
    remaining: windows.map((window) =>
      Math.max(0, Math.floor(window.limit - (flaw === 'forgets what is left' ? 0 : spent(window, clock.now())))),
    ),
  });
  const live = (key: string): number => {
    if (flaw === 'leases counted up and down') return counts.get(key) ?? 0;
    const now = clock.now() - (flaw === 'leases outlive their end' ? 1 : 0);
    return [...(leases.get(key)?.values() ?? [])].filter((until) => until > now).length;
  };
  const charge = (request: AdmissionRequest) => {
    for (const { key, cost } of request.windows) {
      const kept = charges.get(key) ?? [];
      charges.set(key, [...kept, { id: request.id, at: clock.now(), cost }]);
      if (flaw === 'forgets the oldest key' && charges.size > 1_000) charges.delete([...charges.keys()][0] as string);
    }
  };
  const take = (request: AdmissionRequest) => {
    for (const { key } of request.leases) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      leases.set(key, (leases.get(key) ?? new Map()).set(request.id, clock.now() + request.leaseMs));
    }
  };

  return {
    async admit(request) {
      if (flaw !== 'no admission id' && admitted.has(request.id)) return { admitted: true, ...facts(request) };
      if (flaw === 'charges on denial') charge(request);
      const own = flaw === 'charges on denial' ? 0 : 1;
      for (const window of request.windows) {
        const { cost, limit, windowMs, reached } = window;
        if (spent(window, clock.now()) + own * cost <= limit) {
          if (flaw === 'charges one limit after the other') charge({ ...request, windows: [window] });
          continue;
        }
        const width = windowMs / 12;
        let at = clock.now();
        while (spent(window, at) + cost > limit && at < clock.now() + 2 * windowMs)
          at = (Math.floor(at / width) + 1) * width;
        return {
          admitted: false,
          limit: reached,
          retryAfterMs: flaw === 'guesses the wait' ? windowMs : at - clock.now(),
          ...facts(request),
        };
      }
      for (const { key, limit, reached } of request.leases) {
        if (live(key) >= limit) return { admitted: false, limit: reached, retryAfterMs: 1_000, ...facts(request) };
      }
      if (flaw !== 'charges on denial' && flaw !== 'charges one limit after the other') charge(request);
      take(request);
      admitted.add(request.id);
      return { admitted: true, ...facts(request) };
    },
    async renew(request) {
      for (const { key } of request.leases) {
        const until = leases.get(key)?.get(request.id) ?? 0;
        if (until > clock.now() || flaw === 'renewing brings a lease back') {
          leases.get(key)?.set(request.id, clock.now() + request.leaseMs);
        }
      }
    },
    async release(request) {
      for (const { key } of request.leases) {
        counts.set(key, Math.max(0, (counts.get(key) ?? 0) - 1));
        leases.get(key)?.delete(request.id);
      }
      if (flaw !== 'release refunds') return;
      for (const { key } of request.windows) {
        charges.set(
          key,
          (charges.get(key) ?? []).filter(({ id }) => id !== request.id),
        );
      }
    },
  };
}

const contractOf = (flaw: Flaw) =>
  admissionStoreContract(() => {
    const clock = new FakeClock();
    return { store: seeded(flaw, clock), advance: (ms) => clock.advance(ms) };
  });

proveContract<Flaw>(contractOf, [
  ['fixed windows', /any rolling window/],
  ['weighted windows', /any rolling window/],
  ['the oldest bucket is not counted', /any rolling window/],
  ['windows a sixth too long', /stays greedy/],
  ['charges on denial', /changes no other counter/],
  ['charges one limit after the other', /changes no other counter/],
  ['no admission id', /sent again is charged once/],
  ['leases counted up and down', /holder that vanished expires/],
  ['leases outlive their end', /never has more leases live/],
  ['renewing brings a lease back', /brings nothing back/],
  ['release refunds', /stays charged/],
  ['guesses the wait', /just before the time it names/],
  ['forgets the oldest key', /forget who reached the limit/],
  ['forgets what is left', /what is left of each window/],
  ['a clock that stands still', /when it decided/],
]);
