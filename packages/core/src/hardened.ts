import type { AdmissionStore } from './admission-store.js';
import type { AdmitPolicy } from './admit-policy.js';
import type { Call } from './call.js';
import { type Clock, systemClock } from './clock.js';
import type { DependencyOptions } from './dependency.js';
import { assertHardenedOptions, hardenedOptionChecks } from './hardened-option-checks.js';
import type { IdempotencyStore } from './idempotency-store.js';
import type { IdempotentPolicy } from './idempotent-policy.js';
import type { Layer } from './layer.js';
import { admit } from './layers/admit.js';
import { type AuthorizePolicy, authorize } from './layers/authorize.js';
import { type BoundPolicy, bound } from './layers/bound.js';
import { type DeadlinePolicy, deadline, type WithDeadline } from './layers/deadline.js';
import { type DependPolicy, depend } from './layers/depend.js';
import { idempotent } from './layers/idempotent.js';
import { type ShedOptions, type ShedPolicy, shed } from './layers/shed.js';
import { tenant, type WithTenant } from './layers/tenant.js';
import { type ValidateOptions, validate } from './layers/validate.js';
import type { LimitsOf } from './limits.js';
import type { Observer } from './observer.js';
import type { WithPrincipal } from './principal.js';
import type { Redact } from './redact-texts.js';
import type { Report } from './report.js';
import type { ScopeHierarchy } from './scopes.js';
import { createStack, type Stack, type StackOptions } from './stack.js';
import { memoryAdmission } from './stores/memory-admission.js';
import { memoryIdempotency } from './stores/memory-idempotency.js';
import type { WithEffect } from './with-effect.js';
import type { WithInput } from './with-input.js';

/** What can be changed about the shipped stack. Everything has a default that is safe for one process. */
export interface HardenedOptions<P = unknown> extends StackOptions {
  /** Watches every call: `observe()` of `@sallyport/observe`. Its layer is the outermost. Default: none. */
  readonly observe?: Observer<P>;
  /** Which scopes include which. Default: `mcp:admin` includes write, write includes read. */
  readonly scopes?: ScopeHierarchy;
  /** The tenant of callers whose token names none, for servers with only one. Default: such callers are refused. */
  readonly singleTenant?: string;
  /** Per agent, over all tools, its budget among them. Default 60 a minute, 1,000 an hour, 5 at once, and no budget. */
  readonly agentLimits?: LimitsOf;
  /** Per tenant, over all its agents, its budget among them. Default none. */
  readonly tenantLimits?: LimitsOf;
  /** Where limits are counted. Default: this process. */
  readonly admission?: AdmissionStore;
  /** Where idempotency keys and results are kept. Default: this process. */
  readonly idempotency?: IdempotencyStore;
  /** How long a result is kept for replay, in milliseconds. Default 24 hours. */
  readonly retentionMs?: number;
  /** The size of arguments, whatever a tool's schema says. */
  readonly input?: ValidateOptions;
  /** How load is shed: the priorities of plans, the bounds of the limit. Default: every call has priority `default`. */
  readonly shed?: Omit<ShedOptions, 'clock' | 'random'>;
  /** How what tools depend on is guarded, by name. Default: as tools name them, each with a breaker and 20 calls at once. */
  readonly dependencies?: Readonly<Record<string, DependencyOptions>>;
  /** Default for tools that do not say their own, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Default for tools that do not say their own, in bytes. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  /** Sees every text of a tool before it leaves the server: answers, errors, progress and log messages. Default: none. */
  readonly redact?: Redact;
  readonly clock?: Clock;
}

/** What a handler finds on its call behind the shipped stack. */
export type HardenedCall = Call & WithPrincipal & WithTenant & WithInput & WithEffect & WithDeadline;

/** What a tool must and may declare for the shipped stack. */
export type HardenedPolicy = AuthorizePolicy &
  ShedPolicy &
  AdmitPolicy &
  IdempotentPolicy &
  DependPolicy &
  DeadlinePolicy &
  BoundPolicy;

/** The type of the shipped stack. */
export type HardenedStack = Stack<HardenedCall, HardenedPolicy>;

/**
 * The shipped stack, outermost first: authorize, tenant, shed, admit, validate, idempotent, depend, deadline, bound. Deny by default,
 * limits in this process, 30 seconds and 1 MiB a call. Throws a `PolicyError` for an option that is unknown or cannot work.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { z } from 'zod';
 *
 * const stack = hardened({ timeoutMs: 5_000 });
 * const add = stack.tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   access: 'read',
 *   input: z.object({ a: z.number(), b: z.number() }),
 *   output: z.object({ sum: z.number() }),
 *   handler: ({ a, b }) => ({ sum: a + b }),
 * });
 * ```
 */
export function hardened<P = unknown>(options: HardenedOptions<P> = {}): Stack<HardenedCall, HardenedPolicy & P> {
  assertHardenedOptions(options, hardenedOptionChecks satisfies Record<keyof HardenedOptions, unknown>);
  const {
    clock = systemClock,
    admission = memoryAdmission({ clock }),
    idempotency = memoryIdempotency({ clock }),
  } = options;
  const given = <T extends object>(values: T) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
      [K in keyof T]?: Exclude<T[K], undefined>;
    };
  const { observe } = options;
  const seen = <N, A, Q>(layer: Layer<N, A, Q>): Layer<N, A, Q> => observe?.watch(layer) ?? layer;
  const stack = createStack(given({ report: reportTo(observe?.report, options.report), randomId: options.randomId }));
  return (observe === undefined ? (stack as Stack<Call, P>) : stack.use(observe.layer))
    .use(seen(authorize(options.scopes)))
    .use(seen(tenant(options.singleTenant)))
    .use(seen(shed({ ...options.shed, clock })))
    .use(
      seen(
        admit(
          admission,
          given({ agent: options.agentLimits, tenant: options.tenantLimits, clock, randomId: options.randomId }),
        ),
      ),
    )
    .use(seen(validate(options.input, clock, options.redact)))
    .use(seen(idempotent(idempotency, given({ retentionMs: options.retentionMs, clock, randomId: options.randomId }))))
    .use(seen(depend(given({ dependencies: options.dependencies, clock }))))
    .use(seen(deadline(options.timeoutMs, clock)))
    .use(seen(bound(options.maxOutputBytes, options.redact)));
}

/** Whoever watches is told, and whoever asked to be. With neither, the console is. */
function reportTo(observer: Report | undefined, own: Report | undefined): Report | undefined {
  if (observer === undefined || own === undefined) return observer ?? own;
  return (failed) => {
    observer(failed);
    own(failed);
  };
}
