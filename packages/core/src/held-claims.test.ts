import { FakeClock, gate, madeUpCall } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { HeldClaims } from './held-claims.js';
import type { Claim } from './idempotency-store.js';
import { Interrupter } from './interrupter.js';
import { memoryIdempotency } from './stores/memory-idempotency.js';
import { ToolError } from './tool-error.js';
import { Work } from './work.js';

const request = { tenant: 'acme', key: 'k', fingerprint: 'f', retentionMs: 60_000 };
const held = { tenant: 'acme', key: 'k', token: 7 };
const call = { work: new Work(), remainingMs: () => 3_000 };

/** Claims of a store that answers when it is told to. */
function silent() {
  const clock = new FakeClock();
  const answer = gate<Claim>();
  const store = {
    ...memoryIdempotency({ clock }),
    claim: () => answer.promise,
    release: vi.fn(async () => {}),
    abandon: vi.fn(async () => {}),
  };
  return { clock, answer, store, claims: new HeldClaims(store, clock) };
}

test('the store is told how long the caller waits', async () => {
  const { store, claims } = silent();
  const claim = vi.spyOn(store, 'claim');
  void claims.claim(request, call, new Interrupter());
  expect(claim).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ ...request, waitMs: 3_000 }));
});

describe('a store that says nothing', () => {
  test('keeps no caller longer than the time of the call', async () => {
    const { clock, claims } = silent();
    const claim = claims.claim(request, call, new Interrupter());
    claim.catch(() => {});
    await clock.advance(3_000);
    await expect(claim).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
  });

  test('keeps no caller who went away', async () => {
    const { claims } = silent();
    const interrupter = new Interrupter();
    const claim = claims.claim(request, call, interrupter);
    interrupter.abort(new ToolError('CANCELLED', 'Gone.'));
    await expect(claim).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test.each([
    ['claimed', 'release'],
    ['unknown', 'abandon'],
  ] as const)('and says "%s" at last keeps no key taken: %s', async (state, verb) => {
    const { clock, answer, store, claims } = silent();
    const claim = claims.claim(request, call, new Interrupter());
    claim.catch(() => {});
    await clock.advance(3_000);
    expect(store[verb]).not.toHaveBeenCalled();
    answer.open({ state, token: held.token });
    await vi.waitFor(() => expect(store[verb]).toHaveBeenCalledExactlyOnceWith(held));
  });
});

describe('a store that fails to take how a claim ended', () => {
  const answered = async () => ({ content: [{ type: 'text', text: 'paid' }] });
  /** A store that fails `times` times to settle; what is done under a claim of it has ended. */
  const failing = async (times: number) => {
    const clock = new FakeClock();
    const store = memoryIdempotency({ clock });
    const settle = vi.spyOn(store, 'settle');
    for (let time = 0; time < times; time++) settle.mockRejectedValueOnce(new Error('gone'));
    const claims = new HeldClaims(store, clock);
    const claim = (over = {}) => claims.claim({ ...request, ...over }, call, new Interrupter());
    const claimed = await claim();
    if (claimed.state !== 'claimed') throw new Error('not claimed');
    await claims.run(answered, { ...madeUpCall(), ...call }, { ...held, token: claimed.token }, request, 'phased');
    const ends = () => claims.measures().map(({ value }) => value);
    return { clock, claim, settle, ends };
  };

  test('is told again until it does, and a repeat is in progress meanwhile, also when the claim has expired', async () => {
    const { clock, claim, ends } = await failing(40);
    expect(ends()).toEqual([1, 0]);
    for (let second = 0; second < 40; second++) {
      expect((await claim()).state).toBe('in-progress');
      expect((await claim({ fingerprint: 'other' })).state).toBe('conflict');
      await clock.advance(1_000);
    }
    expect((await claim()).state).toBe('settled');
    expect(ends()).toEqual([0, 0]);
    await clock.advance(10_000);
    expect(clock.timers).toBe(0);
  });

  test('is told no more after five minutes: the claim is then unknown', async () => {
    const { clock, claim, settle, ends } = await failing(1_000);
    for (let second = 0; second < 300; second++) await clock.advance(1_000);
    expect((await claim()).state).toBe('unknown');
    expect(ends()).toEqual([0, 1]);
    expect(settle).toHaveBeenCalledTimes(301);
    expect(clock.timers).toBe(0);
  });
});

test('a claim whose call failed ends so, also when a layer below has left something else running', async () => {
  const clock = new FakeClock();
  const store = memoryIdempotency({ clock });
  const claims = new HeldClaims(store, clock);
  const claim = () => claims.claim(request, call, new Interrupter());
  const claimed = await claim();
  if (claimed.state !== 'claimed') throw new Error('not claimed');
  const work = new Work();
  const mail = gate();
  const below = async () => {
    work.detach(mail.promise);
    throw new ToolError('POLICY_DENIED', 'No.');
  };
  const running = claims.run(
    below,
    { ...madeUpCall(), ...call, work },
    { ...held, token: claimed.token },
    request,
    'phased',
  );
  await expect(running).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  mail.open();
  await vi.waitFor(async () => expect((await claim()).state).not.toBe('in-progress'));
  expect((await claim()).state).toBe('settled');
});
