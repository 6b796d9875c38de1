import type { Contender } from './contender.js';
import type { QuestionKind } from './question.js';
import type { Run } from './run.js';

/** One cell of the table while it is measured. */
export interface Cell {
  readonly contender: Contender;
  readonly kind: QuestionKind;
  readonly tools: number;
  /** A place for each round, empty where it had no turn. */
  readonly runs: (Run | undefined)[];
  spentMs: number;
}

export function labelOf({ contender, kind, tools }: Cell): string {
  return `${contender.id}, ${kind}, ${tools} tools`;
}
