import { FakeClock } from '@sallyport/testkit';
import { expect, it, vi } from 'vitest';
import { readiness } from './readiness.js';

const silent = () => {};

it('a check that hangs counts as failed after a second', async () => {
  const clock = new FakeClock();
  const log = vi.fn();
  const ready = readiness([() => new Promise(() => {})], clock, log)();
  await clock.advance(1_000);
  expect(await ready).toBe(false);
  expect(log).toHaveBeenCalledWith(expect.objectContaining({ event: 'not-ready' }));
});

it.each([
  ['nothing', undefined, true],
  ['true', true, true],
  ['false', false, false],
])('a check that returns %s makes it %s', async (_, returned, expected) => {
  const clock = new FakeClock();
  expect(await readiness([() => returned], clock, silent)()).toBe(expected);
  expect(clock.timers).toBe(0);
});

it('a check that throws counts as failed', async () => {
  const broken = () => {
    throw new Error('down');
  };
  expect(await readiness([broken], new FakeClock(), silent)()).toBe(false);
});

it('however often it is asked, the checks run once a second', async () => {
  const clock = new FakeClock();
  const check = vi.fn(() => true);
  const ready = readiness([check], clock, silent);
  await Promise.all(Array.from({ length: 1_000 }, () => ready()));
  await clock.advance(999);
  await ready();
  expect(check).toHaveBeenCalledTimes(1);
  await clock.advance(1);
  await ready();
  expect(check).toHaveBeenCalledTimes(2);
});
