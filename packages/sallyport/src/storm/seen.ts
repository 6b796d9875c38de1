import type { Attempt } from './agent.js';
import type { CallOutcome } from './outcome.js';
import type { AgentPlan } from './scenario.js';

/** One call that has ended. Times are in milliseconds from the start of the storm. */
export interface Seen extends Attempt {
  readonly agent: AgentPlan;
  readonly idempotencyKey: string | undefined;
  /** When it was sent: later than `intendedMs` by as much as the storm itself was late. */
  readonly sentMs: number;
  readonly endedMs: number;
  readonly outcome: CallOutcome;
}
