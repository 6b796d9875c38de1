import type { Clock, HeldClaim, IdempotencyStore } from '@sallyport/core';
import { proveContract } from '../test-rig/prove-contract.js';
import { FakeClock } from './fake-clock.js';
import { idempotencyStoreContract } from './idempotency-store-contract.js';

type Flaw =
  | 'none'
  | 'an expired claim is free'
  | 'an abandoned claim is free'
  | 'no fencing'
  | 'tokens start again'
  | 'ignores the arguments'
  | 'an unknown key is handed to everybody'
  | 'settles twice'
  | 'forgets results with the lease'
  | 'never forgets'
  | 'claims are not atomic'
  | 'only a live claim settles'
  | 'cuts large results'
  | 'counts characters';

interface Entry {
  fingerprint: string;
  token: number;
  until: number;
  forgetAt: number;
  retentionMs: number;
  state: 'held' | 'unknown' | 'settled';
  result: string;
}

/** As simple as it can be. With `none` it keeps the contract, with any other flaw it must be found out. */
function seeded(flaw: Flaw, clock: Clock): IdempotencyStore {
  const entries = new Map<string, Entry>();
  let tokens = 0;
  const mine = ({ key, token }: HeldClaim): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || (entry.state === 'settled' && flaw !== 'settles twice')) return undefined;
    if (flaw === 'only a live claim settles' && entry.until <= clock.now()) return undefined;
    return entry.token === token || flaw === 'no fencing' ? entry : undefined;
  };
  return {
    effects: ['natural', 'phased'],
    maxResultBytes: 100,
    async claim({ key, fingerprint, leaseMs, retentionMs }) {
      const now = clock.now();
      let entry = entries.get(key);
      if (flaw === 'claims are not atomic') await Promise.resolve();
      if (entry !== undefined && entry.state === 'held' && entry.until <= now) {
        entry.state = 'unknown';
        entry.forgetAt = entry.until + retentionMs;
        if (flaw === 'an expired claim is free') entry = undefined;
      } else if (flaw === 'an abandoned claim is free' && entry?.state === 'unknown') {
        entry = undefined;
      }
      if (entry !== undefined && entry.state !== 'held' && entry.forgetAt <= now && flaw !== 'never forgets')
        entry = undefined;
      if (flaw === 'tokens start again' && entry === undefined) tokens = 0;
      const until = now + leaseMs;
      if (entry === undefined) {
        const token = ++tokens;
        entries.set(key, { fingerprint, token, until, forgetAt: 0, retentionMs, state: 'held', result: '' });
        return { state: 'claimed', token };
      }
      if (entry.fingerprint !== fingerprint && flaw !== 'ignores the arguments') return { state: 'conflict' };
      if (entry.state === 'settled') return { state: 'settled', result: entry.result };
      if (entry.state === 'held') return { state: 'in-progress', retryAfterMs: 1_000 };
      if (flaw === 'an unknown key is handed to everybody') return { state: 'unknown', token: ++tokens };
      Object.assign(entry, { state: 'held', token: ++tokens, until });
      return { state: 'unknown', token: entry.token };
    },
    async renew(held, leaseMs) {
      const entry = mine(held);
      if (entry === undefined) return false;
      Object.assign(entry, { state: 'held', until: clock.now() + leaseMs });
      return true;
    },
    async settle(held, result) {
      const size = flaw === 'counts characters' ? result.length : Buffer.byteLength(result);
      if (size > 100 && flaw !== 'cuts large results') throw new RangeError('over 100 bytes');
      const entry = mine(held);
      if (entry === undefined) return false;
      const keptMs = flaw === 'forgets results with the lease' ? 300 : entry.retentionMs;
      Object.assign(entry, { state: 'settled', result: result.slice(0, 100), forgetAt: clock.now() + keptMs });
      return true;
    },
    async release(held) {
      if (mine(held) !== undefined) entries.delete(held.key);
    },
    async abandon(held) {
      const entry = mine(held);
      if (entry !== undefined) Object.assign(entry, { state: 'unknown', forgetAt: clock.now() + entry.retentionMs });
    },
  };
}

const contractOf = (flaw: Flaw) =>
  idempotencyStoreContract(() => {
    const clock = new FakeClock();
    return { store: seeded(flaw, clock), advance: (ms) => clock.advance(ms) };
  });

proveContract<Flaw>(contractOf, [
  ['an expired claim is free', /never free/],
  ['an abandoned claim is free', /stays unknown/],
  ['no fencing', /succeeded can neither/],
  ['tokens start again', /fencing tokens grow/],
  ['ignores the arguments', /is a conflict/],
  ['an unknown key is handed to everybody', /the next one waits/],
  ['settles twice', /stored once/],
  ['forgets results with the lease', /kept for the retention/],
  ['never forgets', /kept for the retention/],
  ['claims are not atomic', /one is held/],
  ['only a live claim settles', /may still settle/],
  ['cuts large results', /never cut/],
  ['counts characters', /never cut/],
]);
