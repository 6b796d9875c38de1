import type { Measured } from './measured.js';

/** A figure of the design and what it came to, in microseconds of CPU. */
export interface Target {
  readonly what: string;
  readonly wantedUs: number;
  readonly gotUs: number;
  readonly met: boolean;
}

/** What was promised of a call inside the process, and of an answer that refuses one. */
export function targets({ wholeUs, observeUs, refusedUs, shedUs, turnedAwayUs }: Measured): Target[] {
  const promised: readonly (readonly [what: string, wantedUs: number, gotUs: number])[] = [
    ['a call through all layers', 15, wholeUs],
    ['observe without a log, on top of them', 2, observeUs.withoutLog],
    ['observe with a line a call, on top of them', 8, observeUs.withLog],
    ['a call over its limits, to the error', 200, refusedUs],
    ['a call that is shed, to the error', 200, shedUs],
    ['429 of the edge over HTTP, with the share of the client that asks', 200, turnedAwayUs],
  ];
  return promised.map(([what, wantedUs, gotUs]) => ({ what, wantedUs, gotUs, met: gotUs <= wantedUs }));
}
