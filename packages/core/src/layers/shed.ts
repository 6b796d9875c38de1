import { AdaptiveLimit, type Load, ToolLatency } from '../adaptive-limit.js';
import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import type { Answered, Layer } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { isOwnTimeout } from '../own-timeout.js';
import { PolicyError } from '../policy-error.js';
import type { Principal, WithPrincipal } from '../principal.js';
import { isPriority, lower, type Priority, priorities, priorityMetaKey } from '../priority.js';
import { type Random, systemRandom } from '../random.js';
import { ToolError } from '../tool-error.js';

/** What a tool may say for `shed`. */
export interface ShedPolicy {
  /** How much its calls matter when the server is overloaded. Default: what the caller's plan says, otherwise `default`. */
  readonly priority?: Priority;
}

/** How load is shed. */
export interface ShedOptions {
  /**
   * What a caller's plan says, decided once per verified token. The lower of the plan's and the tool's counts. Default: plans
   * say nothing.
   */
  readonly priorityOf?: (principal: Principal) => Priority;
  /** What the runtime says of itself, since the last question. Asked twice a second at most. Default: nothing. */
  readonly load?: () => Load;
  /**
   * Calls in flight at first. Default 500, for a process that is its own bottleneck. Where calls wait for a pool, the bounds
   * should come from it: its size for `minLimit`, twice and four times as many for the others.
   */
  readonly initialLimit?: number;
  /** The limit never falls below. Default 16. */
  readonly minLimit?: number;
  /** The limit never grows above. Default 2,000. */
  readonly maxLimit?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The least that a shed call is told to wait, by priority; some wait twice as long, so that not all come back at once. */
const waitMs: Readonly<Record<Priority, number>> = { critical: 1_000, default: 2_000, batch: 4_000, background: 8_000 };

/**
 * Sheds calls of low priority first when more are in flight than this process can serve in the usual time, before anything
 * expensive. A shed call is `OVERLOADED` with a time to wait, and costs no more than the error. The room is found by watching
 * latency ({@link AdaptiveLimit}); a fifth of it is kept for `critical`. The priority goes on with the call, for what is waited
 * for below. A client may lower the priority of its call in `_meta`
 * under `dev.sallyport/priority`, never raise it. A call is in flight until its handler settles.
 *
 * @example
 * ```ts
 * import { authorize, createStack, shed } from '@sallyport/core';
 *
 * createStack()
 *   .use(authorize())
 *   .use(shed({ priorityOf: ({ plan }) => (plan === 'free' ? 'batch' : 'default'), maxLimit: 1_000 }));
 * ```
 */
export function shed({
  priorityOf,
  load,
  initialLimit = 500,
  minLimit = 16,
  maxLimit = 2_000,
  clock = systemClock,
  random = systemRandom,
}: ShedOptions = {}): Layer<WithPrincipal, unknown, ShedPolicy> {
  assertShedOptions({ initialLimit, minLimit, maxLimit, ...(priorityOf && { priorityOf }), ...(load && { load }) });
  const limit = new AdaptiveLimit({ initial: initialLimit, min: minLimit, max: maxLimit }, load);
  const left = () => limit.leave();
  const shedCalls: Record<Priority, number> = { critical: 0, default: 0, batch: 0, background: 0 };
  const ofPlan = priorityOf === undefined ? undefined : decidedOnce(priorityOf);
  const refuse = (priority: Priority): ToolError => {
    shedCalls[priority]++;
    const retryAfterMs = Math.ceil(waitMs[priority] * (1 + random()));
    return new ToolError('OVERLOADED', `The server is too busy for calls of priority ${priority}.`, { retryAfterMs });
  };
  return leanLayer<WithPrincipal, unknown, ShedPolicy>({
    name: 'shed',
    fields: ['priority'],
    policy({ name, priority }) {
      if (priority !== undefined && !isPriority(priority)) {
        throw new PolicyError(name, 'priority', `must be one of ${priorities.join(', ')}`);
      }
      return { priority: priority ?? (ofPlan === undefined ? 'default' : 'by principal'), minLimit, maxLimit };
    },
    policyFor: ({ priority }, principal) => {
      return { priority: lower(priority, ofPlan?.(principal)) ?? 'default', minLimit, maxLimit };
    },
    wrap: (next, tool) => {
      const { priority: declared } = tool;
      const latency = new ToolLatency();
      const answered = ({ work }: Call, began: number) => {
        work.whenSettled(left);
        const now = clock.now();
        limit.sample(latency, now - began, now);
      };
      // Refusals are quick and cancellations end anywhere: neither says how long calls take.
      const failed = (call: Call, began: number, error: unknown) => {
        if (isOwnTimeout(error, clock.now() - began, tool, call.meta)) answered(call, began);
        else call.work.whenSettled(left);
      };
      return (call) => {
        let priority = lower(declared, ofPlan?.(call.principal)) ?? 'default';
        const asked = call.meta[priorityMetaKey];
        if (isPriority(asked)) priority = lower(priority, asked) ?? priority;
        if (!limit.admits(priority)) throw refuse(priority);
        const began = clock.now();
        limit.enter();
        let answer: Answered;
        try {
          answer = next(priority === 'default' ? call : LeanCall.passOn(call, { priority }));
        } catch (thrown) {
          failed(call, began, thrown);
          throw thrown;
        }
        if (answer instanceof Promise) {
          answer.then(
            () => answered(call, began),
            (error: unknown) => failed(call, began, error),
          );
        } else answered(call, began);
        return answer;
      };
    },
    measures: () => [
      { name: 'limit', help: 'Calls that may be in flight.', kind: 'gauge', value: limit.limit, labels: {} },
      {
        name: 'in_flight',
        help: 'Calls in flight, abandoned ones too.',
        kind: 'gauge',
        value: limit.inFlight,
        labels: {},
      },
      ...priorities.map((priority) => ({
        name: 'calls_total',
        help: 'Calls that were shed.',
        kind: 'counter' as const,
        value: shedCalls[priority],
        labels: { priority },
      })),
    ],
  });
}

/** Throws a `RangeError` that names what is unknown or cannot work. */
export function assertShedOptions(options: ShedOptions): void {
  if (typeof options !== 'object' || options === null) throw new RangeError('they are not an object');
  for (const name of Object.keys(options))
    if (!optionNames.has(name)) throw new RangeError(`${name} is no option of shed`);
  const { initialLimit = 500, minLimit = 16, maxLimit = 2_000, priorityOf, load } = options;
  if (!(minLimit > 0 && minLimit <= initialLimit && initialLimit <= maxLimit && maxLimit < Number.POSITIVE_INFINITY)) {
    throw new RangeError('minLimit, initialLimit and maxLimit must be positive numbers, each at least the one before');
  }
  for (const [name, given] of Object.entries({ priorityOf, load })) {
    if (given !== undefined && typeof given !== 'function') throw new RangeError(`${name} must be a function`);
  }
}

const optionNames: ReadonlySet<string> = new Set([
  'priorityOf',
  'load',
  'initialLimit',
  'minLimit',
  'maxLimit',
  'clock',
  'random',
] satisfies (keyof ShedOptions)[]);

/** A function that knows no priority for a plan is a fault, not a licence: the call fails. */
function decidedOnce(priorityOf: (principal: Principal) => Priority): (principal: Principal) => Priority {
  const decided = new WeakMap<Principal, Priority>();
  return (principal) => {
    const known = decided.get(principal);
    if (known !== undefined) return known;
    const priority = priorityOf(principal);
    if (!isPriority(priority)) throw new RangeError(`"${String(priority)}" is not a priority`);
    decided.set(principal, priority);
    return priority;
  };
}
