import type { Behaviour } from './behaviour.js';
import type { Caller } from './caller.js';
import type { Operations } from './operation.js';
import type { Protocol } from './protocol.js';

/** One agent of a storm. */
export interface AgentPlan {
  /** Unique in its storm. */
  readonly name: string;
  /** The row of the table it is counted in. */
  readonly class: string;
  readonly behaviour: Behaviour;
  readonly operations: Operations;
  readonly caller: Caller;
  readonly protocol: Protocol;
}

/** A storm before it breaks: who calls, how, and for how long. With one seed, the same agents mean to make the same calls. */
export interface Scenario {
  /** A whole number. */
  readonly seed: number;
  /** How long agents begin calls. What is open then is waited for, up to `callTimeoutMs`. */
  readonly durationMs: number;
  /** No more calls than this are sent. */
  readonly maxCalls: number;
  /** Calls of one agent that are open at once. What is due beyond is not sent, and counted as `unsent`. */
  readonly maxOpenPerAgent: number;
  /** A call without an answer is given up after this time, and counted as broken. */
  readonly callTimeoutMs: number;
  readonly agents: readonly AgentPlan[];
}
