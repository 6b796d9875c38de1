import { FakeClock, gate } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { HeldClaims } from './held-claims.js';
import type { Claim } from './idempotency-store.js';
import { Interrupter } from './interrupter.js';
import { memoryIdempotency } from './stores/memory-idempotency.js';
import { ToolError } from './tool-error.js';

const request = { tenant: 'acme', key: 'k', fingerprint: 'f', retentionMs: 60_000 };
const held = { tenant: 'acme', key: 'k', token: 7 };

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

describe('a store that says nothing', () => {
  test('keeps no caller longer than the time of the call', async () => {
    const { clock, claims } = silent();
    const claim = claims.claim(request, 3_000, new Interrupter());
    claim.catch(() => {});
    await clock.advance(3_000);
    await expect(claim).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
  });

  test('keeps no caller who went away', async () => {
    const { claims } = silent();
    const interrupter = new Interrupter();
    const claim = claims.claim(request, 3_000, interrupter);
    interrupter.abort(new ToolError('CANCELLED', 'Gone.'));
    await expect(claim).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test.each([
    ['claimed', 'release'],
    ['unknown', 'abandon'],
  ] as const)('and says "%s" at last keeps no key taken: %s', async (state, verb) => {
    const { clock, answer, store, claims } = silent();
    const claim = claims.claim(request, 3_000, new Interrupter());
    claim.catch(() => {});
    await clock.advance(3_000);
    expect(store[verb]).not.toHaveBeenCalled();
    answer.open({ state, token: held.token });
    await vi.waitFor(() => expect(store[verb]).toHaveBeenCalledExactlyOnceWith(held));
  });
});
