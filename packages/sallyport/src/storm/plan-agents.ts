import type { Behaviour } from './behaviour.js';
import { type BehaviourName, behaviours, defaultPerSecond } from './behaviours.js';
import type { Caller } from './caller.js';
import type { Operations } from './operation.js';
import { type Protocol, protocols } from './protocol.js';
import type { AgentPlan } from './scenario.js';

/** How many agents of each class there are in proportion to the others. */
export type Mix = Readonly<Partial<Record<BehaviourName, number>>>;

/** A storm in proportions. */
export interface AgentsRequest {
  /** Default {@link defaultMix}. */
  readonly mix?: Mix;
  /** How many agents in all; each class that is in the mix gets at least one. */
  readonly count: number;
  /** Dealt to the agents in turn, class by class, so that each class is spread over the callers. */
  readonly callers: readonly Caller[];
  readonly operations: Operations;
  /** Dealt to the agents in turn. Default: both versions. */
  readonly protocols?: readonly Protocol[];
  /** How often an ordinary agent calls in a second; the others in proportion. Default 1. */
  readonly perSecond?: number;
}

/** A crowd as a server meets it: half of it behaves. */
export const defaultMix = {
  patient: 8,
  urgent: 2,
  batch: 2,
  bursty: 2,
  planner: 2,
  retrier: 2,
  quitter: 1,
  rogue: 1,
} as const satisfies Mix;

/**
 * The agents of a storm, named by class and number. Throws a `RangeError` when nobody is in the mix, there are no callers, or there are
 * fewer agents than classes.
 *
 * @example
 * ```ts
 * import { planAgents } from 'sallyport/storm';
 *
 * const agents = planAgents({
 *   mix: { patient: 3, planner: 1 },
 *   count: 8,
 *   callers: [{ tenant: 'acme', subject: 'agent-1' }],
 *   operations: () => ({ tool: 'list_tables', arguments: {} }),
 * }); // six that are patient, two planners
 * ```
 */
export function planAgents(request: AgentsRequest): AgentPlan[] {
  const { mix = defaultMix, count, callers, operations, perSecond = defaultPerSecond } = request;
  const { protocols: spoken = protocols } = request;
  const known: Readonly<Record<BehaviourName, Behaviour>> = behaviours(perSecond);
  return divided(mix, count)
    .flatMap(([name, agents]) => Array.from({ length: agents }, (_, index) => [name, index + 1] as const))
    .map(([name, number], index) => ({
      name: `${name}-${number}`,
      class: name,
      behaviour: known[name],
      operations,
      caller: dealt(callers, index),
      // Shifted with each round of callers, so that one caller does not always speak the same version.
      protocol: dealt(spoken, (index % callers.length) + Math.floor(index / callers.length)),
    }));
}

function dealt<T>(all: readonly T[], index: number): T {
  const one = all[index % all.length];
  if (one === undefined) throw new RangeError('there must be at least one caller and one version of the protocol');
  return one;
}

/** In proportion as far as whole agents allow, after each class has got one: the class that is owed most gets or loses the next. */
function divided(mix: Mix, count: number): [BehaviourName, number][] {
  const wanted = (Object.entries(mix) as [BehaviourName, number][]).filter(([, weight]) => weight > 0);
  if (wanted.length === 0) throw new RangeError('the mix has nobody in it');
  if (count < wanted.length) throw new RangeError(`${wanted.length} classes need at least as many agents`);
  const weights = wanted.reduce((sum, [, weight]) => sum + weight, 0);
  const shares = wanted.map(([name, weight]) => {
    const exact = (weight * count) / weights;
    return { name, exact, given: Math.max(1, Math.floor(exact)) };
  });
  for (;;) {
    const missing = count - shares.reduce((sum, { given }) => sum + given, 0);
    if (missing === 0) return shares.map(({ name, given }) => [name, given]);
    const step = Math.sign(missing);
    const [next] = shares
      .filter(({ given }) => given + step >= 1)
      .sort((one, other) => step * (other.exact - other.given - (one.exact - one.given)));
    if (next !== undefined) next.given += step;
  }
}
