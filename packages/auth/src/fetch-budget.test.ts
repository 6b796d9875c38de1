import { expect, it } from 'vitest';
import { FetchBudget } from './fetch-budget.js';

/** Asks every second for two minutes, each attempt failing after so long; says when attempts were made, in seconds. */
function attempts(starving: boolean, failsAfterSeconds: number): number[] {
  let second = 0;
  const budget = new FetchBudget(() => second * 1_000);
  const made: number[] = [];
  let failsAt = Number.NaN;
  for (; second < 120; second++) {
    if (second === failsAt) budget.failed();
    if (second < failsAt || !budget.take(starving)) continue;
    made.push(second);
    failsAt = second + failsAfterSeconds;
  }
  return made;
}

it('gives two attempts a minute, the second not within 10 seconds of a failure', () => {
  expect(attempts(false, 1)).toEqual([0, 11, 60, 71]);
});

it.each([1, 4, 5])('gives one every 5 seconds to whoever has nothing, also when each takes %d to fail', (seconds) => {
  expect(attempts(true, seconds)).toEqual(Array.from({ length: 24 }, (_, n) => 5 * n));
});
