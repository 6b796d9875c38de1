import { FakeClock } from '@sallyport/testkit';
import { beforeEach, expect, it } from 'vitest';
import { DeniedCallers } from './denied-callers.js';

let clock: FakeClock;
let callers: DeniedCallers;
beforeEach(() => {
  clock = new FakeClock();
  callers = new DeniedCallers(clock, 3);
});

/** Denies a call that arrives now: a second after whatever was before, when its caller has been told. */
async function deny(caller = 'a', tool?: string, retryAfterMs = 10_000): Promise<void> {
  await clock.advance(1_001);
  callers.note(caller, tool, clock.now(), retryAfterMs);
}

it('a caller is turned away after more than three denied calls inside one wait, and let in when it is over', async () => {
  for (let call = 0; call < 4; call++) {
    await deny();
    expect(callers.waitMs('a', 'any')).toBe(0);
  }
  await deny();
  expect(callers.waitMs('a', 'any')).toBe(10_000 - 4 * 1_001);
  expect(callers.waitMs('b', 'any')).toBe(0);
  await clock.advance(10_000 - 4 * 1_001 - 1);
  expect(callers.waitMs('a', undefined)).toBe(1);
  await clock.advance(1);
  expect(callers.waitMs('a', 'any')).toBe(0);
  expect(callers.isEmpty).toBe(true);
});

it('calls that came within a second of the first that was denied do not count: their caller had not been told', async () => {
  callers.note('a', undefined, clock.now(), 10_000);
  await clock.advance(1_000);
  for (let call = 0; call < 50; call++) callers.note('a', undefined, clock.now(), 10_000);
  expect(callers.waitMs('a', 'any')).toBe(0);
});

it('denials of one wait do not count for the next', async () => {
  for (let wait = 0; wait < 10; wait++) {
    for (let call = 0; call < 4; call++) await deny();
    expect(callers.waitMs('a', 'any')).toBe(0);
    await clock.advance(10_000);
  }
});

it('a limit of one tool turns away from that tool only', async () => {
  for (let call = 0; call < 5; call++) await deny('a', 'query');
  expect(callers.waitMs('a', 'query')).toBeGreaterThan(0);
  expect(callers.waitMs('a', 'list')).toBe(0);
  expect(callers.waitMs('a', undefined)).toBe(0);
});

it('is bounded: a flood of callers makes it forget, never grow', async () => {
  for (let call = 0; call < 5; call++) await deny();
  for (let other = 0; other < 1_000; other++) await deny(`other ${other}`);
  expect(callers.knows('a')).toBe(false);
  expect(callers.waitMs('a', 'any')).toBe(0);
});
