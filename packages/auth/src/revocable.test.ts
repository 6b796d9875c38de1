import type { Principal } from '@sallyport/core';
import { denyListContract, FakeClock, tokenIssuer } from '@sallyport/testkit';
import { describe, expect, it } from 'vitest';
import { type AuthError, type DenyList, jwtAuthenticator, memoryDenyList, type Revoked, revocable } from './index.js';

const clock = new FakeClock(Date.UTC(2026, 10, 23));
const issuer = await tokenIssuer({ clock });
const jwt = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks(), clock });
const later = () => clock.now() + 3_600_000;
const kindOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'accepted',
    (error: AuthError) => error.kind,
  );

describe('a deny list in memory', () => {
  it.each<[string, (principal: Principal) => Revoked]>([
    ['token', (principal) => ({ issuer: principal.issuer, tokenId: principal.tokenId ?? '' })],
    ['subject', (principal) => ({ issuer: principal.issuer, subject: principal.subject })],
    ['tenant', (principal) => ({ tenant: principal.tenant ?? '' })],
  ])('a revoked %s is dead with the next call, although its token is remembered as verified', async (_, entry) => {
    const denied = memoryDenyList({ clock });
    const auth = revocable(jwt, denied, { clock });
    const header = `Bearer ${await issuer.mint()}`;
    const principal = await auth.authenticate(header);
    denied.revoke(entry(principal), later());
    expect(await kindOf(auth.authenticate(header))).toBe('invalid');
    expect(await kindOf(auth.recheck?.(principal) ?? Promise.resolve())).toBe('invalid');
  });

  const fresh = () => {
    const own = new FakeClock();
    return { store: memoryDenyList({ clock: own }), advance: (ms: number) => own.advance(ms), now: () => own.now() };
  };
  for (const { title, prove } of denyListContract(fresh)) it(title, prove);

  it('is bounded, and says so instead of forgetting a revocation', async () => {
    const denied = memoryDenyList({ clock, capacity: 2 });
    denied.revoke({ tenant: 'a' }, clock.now() + 1_000);
    denied.revoke({ tenant: 'b' }, later());
    expect(() => denied.revoke({ tenant: 'c' }, later())).toThrow(RangeError);
    expect(denied.isRevoked({ issuer: 'i', subject: 's', scopes: [], tenant: 'a' })).toBe(true);
    await clock.advance(1_000);
    denied.revoke({ tenant: 'c' }, later());
    expect(denied.isRevoked({ issuer: 'i', subject: 's', scopes: [], tenant: 'c' })).toBe(true);
  });
});

describe('a deny list elsewhere', () => {
  /** What a shared store would be, with its failures. */
  function shared() {
    const state = { revoked: false, asked: 0, answer: 'now' as 'now' | 'fails' | 'never' };
    const list: DenyList = {
      isRevoked: () => {
        state.asked++;
        if (state.answer === 'fails') return Promise.reject(new Error('connection refused'));
        if (state.answer === 'never') return new Promise(() => {});
        return Promise.resolve(state.revoked);
      },
      revoke: () => {
        state.revoked = true;
      },
      reinstate: () => true,
    };
    return { state, list };
  }

  it('a revoked token is dead within 5 seconds at the latest, whatever is configured', async () => {
    const { state, list } = shared();
    const auth = revocable(jwt, list, { clock, freshMs: 5_000 });
    const header = `Bearer ${await issuer.mint()}`;
    for (let i = 0; i < 100; i++) await auth.authenticate(header);
    expect(state.asked).toBe(1);
    state.revoked = true;
    await clock.advance(4_999);
    expect(await kindOf(auth.authenticate(header))).toBe('accepted');
    await clock.advance(1);
    expect(await kindOf(auth.authenticate(header))).toBe('invalid');
    expect(() => revocable(jwt, list, { freshMs: 5_001 })).toThrow(TypeError);
    expect(() => revocable(jwt, list, { whenUnreachable: 'permit' as never })).toThrow(
      'revocable: whenUnreachable must',
    );
    expect(() => revocable(jwt, list, { fresh: 500 } as never)).toThrow('did you mean freshMs?');
    expect(() => revocable(undefined as never, list)).toThrow('revocable: the authenticator lacks authenticate');
    expect(() => revocable(jwt, undefined as never)).toThrow('revocable: the deny list lacks isRevoked');
  });

  it('a sensitive call asks live', async () => {
    const { state, list } = shared();
    const auth = revocable(jwt, list, { clock });
    const principal = await auth.authenticate(`Bearer ${await issuer.mint()}`);
    state.revoked = true;
    expect(await kindOf(auth.recheck?.(principal) ?? Promise.resolve())).toBe('invalid');
  });

  it('of which there is a copy: ordinary calls rely on it, a sensitive one asks the list itself', async () => {
    const state = { copy: false, itself: true, asked: 0 };
    const list: DenyList = {
      isRevoked: () => state.copy,
      isRevokedNow: async () => {
        state.asked++;
        return state.itself;
      },
      revoke() {},
      reinstate: () => true,
    };
    const auth = revocable(jwt, list, { clock });
    const principal = await auth.authenticate(`Bearer ${await issuer.mint()}`);
    expect(state.asked).toBe(0);
    expect(await kindOf(auth.recheck?.(principal) ?? Promise.resolve())).toBe('invalid');
    list.isRevokedNow = () => Promise.reject(new Error('away'));
    expect(await kindOf(auth.recheck?.(principal) ?? Promise.resolve())).toBe('unavailable');
  });

  it.each(['refuse', 'allow'] as const)(
    'when it fails, ordinary calls follow %s and sensitive ones fail closed',
    async (rule) => {
      const { state, list } = shared();
      const auth = revocable(jwt, list, { clock, whenUnreachable: rule });
      const header = `Bearer ${await issuer.mint()}`;
      const principal = await auth.authenticate(header);
      state.answer = 'fails';
      await clock.advance(2_000);
      expect(await kindOf(auth.authenticate(header))).toBe(rule === 'allow' ? 'accepted' : 'unavailable');
      expect(await kindOf(auth.recheck?.(principal) ?? Promise.resolve())).toBe('unavailable');
    },
  );

  it('what was revoked stays so while it fails', async () => {
    const { state, list } = shared();
    const auth = revocable(jwt, list, { clock, whenUnreachable: 'allow' });
    const header = `Bearer ${await issuer.mint()}`;
    state.revoked = true;
    expect(await kindOf(auth.authenticate(header))).toBe('invalid');
    state.answer = 'fails';
    await clock.advance(10_000);
    expect(await kindOf(auth.authenticate(header))).toBe('invalid');
  });

  it('one that hangs is waited for one second', async () => {
    const { state, list } = shared();
    state.answer = 'never';
    const attempt = kindOf(revocable(jwt, list, { clock }).authenticate(`Bearer ${await issuer.mint()}`));
    await expect.poll(() => clock.timers).toBe(1);
    await clock.advance(1_000);
    expect(await attempt).toBe('unavailable');
    expect(clock.timers).toBe(0);
  });

  it('one that throws is a failure like another', async () => {
    const list: DenyList = {
      isRevoked: () => {
        throw new Error('not connected');
      },
      revoke() {},
      reinstate: () => true,
    };
    expect(await kindOf(revocable(jwt, list, { clock }).authenticate(`Bearer ${await issuer.mint()}`))).toBe(
      'unavailable',
    );
  });
});
