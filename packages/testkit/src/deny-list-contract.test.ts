import { assertRevocation, type DenyList, revokedKey, revokedKeysOf } from '@sallyport/core';
import { proveContract } from '../test-rig/prove-contract.js';
import { denyListContract } from './deny-list-contract.js';
import { FakeClock } from './fake-clock.js';

type Flaw =
  | 'none'
  | 'forgets tokens'
  | 'ignores the issuer'
  | 'one name for all kinds'
  | 'never ends'
  | 'ends early'
  | 'the last time wins'
  | 'the first time wins'
  | 'takes any time'
  | 'takes a time that is over'
  | 'takes any entry'
  | 'the copy lags'
  | 'takes nothing back'
  | 'takes everything back'
  | 'says that anything was there'
  | 'everybody';

/** As simple as it can be. With `none` it keeps the contract, with any other flaw it must be found out. */
function seeded(flaw: Flaw, clock: FakeClock): DenyList {
  const entries = new Map<string, number>();
  const stored = (key: string) => {
    const parts = JSON.parse(key) as string[];
    if (flaw === 'ignores the issuer') return JSON.stringify([parts[0], parts.at(-1)]);
    if (flaw === 'one name for all kinds') return JSON.stringify(parts.at(-1));
    return key;
  };
  const counts = (key: string) => {
    const until = entries.get(stored(key)) ?? 0;
    if (flaw === 'forgets tokens' && key.startsWith('["token"')) return false;
    if (flaw === 'never ends') return until > 0;
    return flaw === 'ends early' ? until - 100 > clock.now() : until > clock.now();
  };
  return {
    isRevoked: (principal) =>
      flaw === 'everybody' || (flaw !== 'the copy lags' && revokedKeysOf(principal).some(counts)),
    isRevokedNow: async (principal) => revokedKeysOf(principal).some(counts),
    revoke(entry, until) {
      const anyTime = flaw === 'takes any time' || (flaw === 'takes a time that is over' && until <= clock.now());
      assertRevocation(
        flaw === 'takes any entry' ? { tenant: 'somebody' } : entry,
        anyTime ? clock.now() + 1 : until,
        clock.now(),
      );
      const key = stored(revokedKey(entry));
      const known = entries.get(key);
      if (flaw === 'the first time wins' && known !== undefined) return;
      entries.set(key, flaw === 'the last time wins' ? until : Math.max(until, known ?? 0));
    },
    reinstate(entry) {
      const key = stored(revokedKey(entry));
      const was = counts(key);
      if (flaw === 'takes everything back') entries.clear();
      else if (flaw !== 'takes nothing back') entries.delete(key);
      return was || flaw === 'says that anything was there';
    },
  };
}

const contractOf = (flaw: Flaw) =>
  denyListContract(() => {
    const clock = new FakeClock(1_000);
    return { store: seeded(flaw, clock), advance: (ms) => clock.advance(ms), now: () => clock.now() };
  });

proveContract<Flaw>(contractOf, [
  ['forgets tokens', /a revoked token/],
  ['ignores the issuer', /of another issuer/],
  ['one name for all kinds', /written like a subject/],
  ['never ends', /ends at its time/],
  ['ends early', /ends at its time/],
  ['the last time wins', /shorter revocation/],
  ['the first time wins', /longer revocation/],
  ['takes any time', /a time that is none/],
  ['takes a time that is over', /a time that is over/],
  ['takes any entry', /names nobody/],
  ['the copy lags', /a revoked subject/],
  ['takes nothing back', /taken back concerns nobody/],
  ['takes everything back', /exactly one entry/],
  ['says that anything was there', /taken back concerns nobody/],
  ['everybody', /empty list/],
]);
