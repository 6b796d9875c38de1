import type { Random } from '@sallyport/core';
import type { Rhythm } from './rhythm.js';

/** Between half and one and a half times as much. */
export function around(value: number, random: Random): number {
  return value * (0.5 + random());
}

/** When an open loop calls, in milliseconds from the start of the storm: never fewer than the one before, and endless. */
export function* arrivals(rhythm: Exclude<Rhythm, { kind: 'loop' }>, random: Random): Generator<number, never> {
  let atMs = 0;
  if (rhythm.kind === 'steady') {
    for (;;) {
      // 1 - random is never 0, so the logarithm is finite.
      atMs -= (Math.log(1 - random()) * 1_000) / rhythm.perSecond;
      yield atMs;
    }
  }
  atMs = random() * rhythm.pauseMs;
  for (;;) {
    for (let count = 0; count < rhythm.size; count++) yield atMs;
    atMs += around(rhythm.pauseMs, random);
  }
}
