import type { QuestionKind } from './question.js';

/** One cell of the table: medians over the rounds. */
export interface Measured {
  readonly id: string;
  readonly kind: QuestionKind;
  readonly tools: number;
  readonly answersPerSecond: number;
  /** What the server process used, user and system, in microseconds. Less sensitive to neighbours than the rate. */
  readonly cpuUsPerAnswer: number;
  readonly rssMiB: number;
  /** The part of its core that the load process used. */
  readonly loadBusy: number;
  /** Answers per second in each round. `null` where it had no turn. */
  readonly runs: readonly (number | null)[];
}
