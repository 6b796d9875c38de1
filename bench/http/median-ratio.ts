import { median } from '../support/median.js';
import type { Measured } from './measured.js';

/** The rate of one against the rate of another: the median over the rounds in which both had a turn. `NaN` when there are none. */
export function medianRatio(one: Measured | undefined, other: Measured | undefined): number {
  return median(
    (one?.runs ?? []).flatMap((rate, round) => {
      const theirs = other?.runs[round] ?? null;
      return rate === null || theirs === null ? [] : [rate / theirs];
    }),
  );
}
