import type { CallFacts } from './message.js';
import type { Operation } from './operation.js';
import type { CallOutcome } from './outcome.js';
import type { AgentPlan } from './scenario.js';

/** What carries the calls of a storm to a server. */
export interface Transport {
  /** What the report calls the server. */
  readonly target: string;
  /** Called once, before the first call: opens what an agent needs to call. Never rejects. */
  open(agents: readonly AgentPlan[], signal: AbortSignal): Promise<void>;
  /** Makes a call. Never rejects. Aborting `signal` cancels it in the way of the agent's protocol. */
  call(agent: AgentPlan, operation: Operation, facts: CallFacts, signal: AbortSignal): Promise<CallOutcome>;
  close(): void;
}
