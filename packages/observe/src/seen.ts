import type { Clock } from '@sallyport/core';
import type { Instruments } from './instruments.js';
import type { Spans } from './spans.js';

/** What measures the insides of a stack. */
export interface Seen {
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly spans: Spans;
}
