/** Microseconds of CPU per call; medians. */
export interface Measured {
  readonly bareUs: number;
  readonly layers: readonly { name: string; applies: boolean; us: number; withAllAboveUs: number }[];
  readonly wholeUs: number;
  /** Of a call over its limits: from the call to the error result. */
  readonly refusedUs: number;
  /** Of a call for which there is no room: from the call to the error result. */
  readonly shedUs: number;
  /** Of a 429 to a caller that keeps calling: over a connection, its other end in the same process. */
  readonly turnedAwayUs: number;
  /** On top of the whole. */
  readonly observeUs: { readonly withoutLog: number; readonly withLog: number };
  /** On top of the whole: two budgets; on top of `observe`: usage, without a log and with one. */
  readonly budgetsUs: number;
  readonly usageUs: { readonly withoutLog: number; readonly withLog: number };
}
