import { expect, test } from 'vitest';
import { mostInWindow } from './most-in-window.js';

test.each([
  [[], 0],
  [[[0, 3]], 3],
  [
    [
      [0, 1],
      [999, 1],
      [1_000, 1],
    ],
    2,
  ],
  [
    [
      [59, 60],
      [61, 60],
    ],
    120,
  ],
  [
    [
      [0, 5],
      [2_000, 1],
      [2_500, 2],
      [3_001, 4],
    ],
    6,
  ],
] as [number[][], number][])('the most that any second of %j holds is %d', (history, most) => {
  expect(
    mostInWindow(
      history.map(([atMs = 0, units = 0]) => ({ atMs, units })),
      1_000,
    ),
  ).toBe(most);
});
