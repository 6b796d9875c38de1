import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import { assertDependencyOptions, Dependency, type DependencyOptions } from '../dependency.js';
import { evidenceOfAnswer, evidenceOfError } from '../dependency-evidence.js';
import type { Layer } from '../layer.js';
import { leanLayer } from '../lean-layer.js';
import { PolicyError } from '../policy-error.js';
import { type Random, systemRandom } from '../random.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';

/** What a tool may say for `depend`. */
export interface DependPolicy {
  /** What the handler cannot do without: `warehouse`. Tools that name the same share its breaker and its bulkhead. */
  readonly depends?: string;
}

/** What is known of dependencies before any tool names one. */
export interface DependOptions {
  /** By name. When given, tools may name only these; a dependency that is misspelt would be guarded by nothing. */
  readonly dependencies?: Readonly<Record<string, DependencyOptions>>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A bulkhead that is full knows no time; this is when it is worth asking again. */
const fullMs = 1_000;
/** How much longer than necessary some wait, so that not all come back at once. */
const spread = 0.25;

/**
 * One circuit breaker and one bulkhead for each dependency in this process, for the tools that name it. While the breaker is
 * open, or the bulkhead full, a call is refused at once with `DEPENDENCY_UNAVAILABLE` and the time to wait. A slot is free when
 * the handler has settled, not when its caller stops waiting. Failures are faults and timeouts; what clients do wrong, refusals
 * and cancellations are none. Put `deadline` inside, so that every probe ends.
 *
 * @example
 * ```ts
 * import { createStack, deadline, depend } from '@sallyport/core';
 *
 * createStack()
 *   .use(depend({ dependencies: { warehouse: { maxConcurrent: 10, slowMs: 2_000 } } }))
 *   .use(deadline(5_000));
 * ```
 */
export function depend({
  dependencies,
  clock = systemClock,
  random = systemRandom,
}: DependOptions = {}): Layer<unknown, unknown, DependPolicy> {
  const known = new Map<string, Dependency>();
  for (const [name, options] of Object.entries(dependencies ?? {})) {
    assertDependencyOptions(options);
    known.set(name, new Dependency(name, options));
  }
  const named = (tool: string, name: unknown): Dependency => {
    if (typeof name !== 'string' || !validName.test(name)) {
      throw new PolicyError(tool, 'depends', 'must be a name of 1 to 64 of A–Z a–z 0–9 _ . -');
    }
    const dependency = known.get(name);
    if (dependency !== undefined) return dependency;
    if (dependencies !== undefined) {
      throw new PolicyError(tool, 'depends', `names "${name}", which is none of ${[...known.keys()].join(', ')}`);
    }
    const made = new Dependency(name);
    known.set(name, made);
    return made;
  };
  return leanLayer<unknown, unknown, DependPolicy>({
    name: 'depend',
    fields: ['depends'],
    policy: ({ name, depends }) =>
      depends === undefined ? undefined : { on: depends, ...named(name, depends).options },
    wrap: (next, tool) => {
      if (tool.depends === undefined) return next;
      const { breaker, bulkhead, options, name } = named(tool.name, tool.depends);
      const { slowMs } = options;
      return async (call) => {
        if (bulkhead.isFull) throw refusal(tool, call, `${name} is at its limit of calls at once`, fullMs, random);
        const began = clock.now();
        const asked = breaker.ask(began);
        if (asked.permit === undefined) throw refusal(tool, call, `${name} does not work now`, asked.waitMs, random);
        const giveBack = bulkhead.take();
        try {
          const answer = await next(call);
          const ended = clock.now();
          breaker.settle(asked.permit, evidenceOfAnswer(ended - began, slowMs), ended);
          return answer;
        } catch (error) {
          const ended = clock.now();
          breaker.settle(asked.permit, evidenceOfError(error, ended - began, slowMs, tool, call), ended);
          throw error;
        } finally {
          call.work.whenSettled(giveBack);
        }
      };
    },
    measures: () => [...known.values()].flatMap((dependency) => dependency.measures(clock.now())),
  });
}

const validName = /^[A-Za-z0-9_.-]{1,64}$/;

/** Of a write whose earlier attempt nobody knows, only asking what became of it was refused: its key must not become free. */
function refusal(tool: ToolFacts, call: Call, why: string, waitMs: number, random: Random): ToolError {
  const retryAfterMs = Math.ceil(waitMs * (1 + spread * random()));
  if (call.instead === undefined) return new ToolError('DEPENDENCY_UNAVAILABLE', `${why}.`, { retryAfterMs });
  return new ToolError(
    'OUTCOME_UNKNOWN',
    `${why}, so what became of the earlier call of ${tool.name} cannot be found out. Repeat the call with the same idempotency key later.`,
    { retryAfterMs, retryable: true },
  );
}
