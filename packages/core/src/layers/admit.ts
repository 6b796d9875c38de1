import type { Admission, AdmissionRequest, AdmissionStore, WhenUnreachable } from '../admission-store.js';
import { Admissions, type Passed } from '../admissions.js';
import { type AdmitPolicy, effectiveLimits } from '../admit-policy.js';
import { applying } from '../applying.js';
import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import { computedUnits, isTooDear, tooDear } from '../cost.js';
import { Heartbeat } from '../heartbeat.js';
import type { Answered, Layer, PromptHandler } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { type LimitSet, limitSet } from '../limit-set.js';
import { limitShapeOf } from '../limit-shape.js';
import { assertLimits, defaultAgentLimits, type LimitsOf } from '../limits.js';
import { perPrincipal } from '../per-principal.js';
import type { Principal, WithPrincipal } from '../principal.js';
import { type RandomId, randomId as systemRandomId } from '../random-id.js';
import { refusedBy } from '../refused-by.js';
import { settledWithin } from '../settled-within.js';
import { TenantLimitSets } from '../tenant-limit-sets.js';
import { timeLeft } from '../time-allowed.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';
import { assertToolLimits, type ToolLimits } from '../tool-limits.js';
import type { ToolResult } from '../tool-result.js';
import type { WithTenant } from './tenant.js';

/** What every tool of the stack shares. */
export interface AdmitOptions {
  /** Per agent, over all tools. Default 60 a minute, 1,000 an hour, 5 at once. */
  readonly agent?: LimitsOf;
  /** Per tenant, over all its agents and tools. Default none. */
  readonly tenant?: LimitsOf;
  readonly clock?: Clock;
  readonly randomId?: RandomId;
}

const none: ToolLimits = {};

/** A crashed instance frees its slots after this long; a living one renews three times as often. */
const leaseMs = 30_000;

/**
 * Decides every rate limit and the concurrency of a call together, in one request to the store, before anything expensive
 * runs. A refused call is `RATE_LIMITED`, or `BUDGET_EXHAUSTED` by a budget, with the limit's name and the time to wait, and is
 * charged nothing. The slot is given back when the handler settles. A store that cannot answer, or not in the call's time, is
 * `DEPENDENCY_UNAVAILABLE`.
 *
 * @example
 * ```ts
 * import { admit, authorize, createStack, memoryAdmission, tenant } from '@sallyport/core';
 *
 * createStack()
 *   .use(authorize())
 *   .use(tenant())
 *   .use(admit(memoryAdmission(), { agent: { perMinute: 30, concurrent: 2 } }));
 * ```
 */
export function admit(
  store: AdmissionStore,
  { agent = defaultAgentLimits, tenant, clock = systemClock, randomId = systemRandomId }: AdmitOptions = {},
): Layer<WithPrincipal & WithTenant, unknown, AdmitPolicy> {
  for (const limits of [agent, tenant ?? {}]) if (typeof limits !== 'function') assertLimits(limits);
  const ignore = () => {};
  const heartbeat = new Heartbeat<AdmissionRequest>(
    leaseMs / 3,
    (request) => void store.renew(request).catch(ignore),
    clock,
  );
  const release = (request: AdmissionRequest): void => {
    store.release(request)?.catch(ignore);
  };
  const nextId = numbered(randomId);
  const admissions = new Admissions();
  const agentShape = limitShapeOf(agent, 'this agent', 'agent');
  const tenantShape = limitShapeOf(tenant ?? none, 'this tenant', 'tenant');
  const tenants = new TenantLimitSets();
  const everywhere = (principal: Principal, tenantName: string, units: number): LimitSet[] => [
    limitSet(agentShape(principal), ['agent', tenantName, principal.issuer, principal.subject], units),
    tenants.of(tenantName, tenantShape(principal), units),
  ];
  const usual = perPrincipal((principal, tenantName) => applying(everywhere(principal, tenantName, 1), 1, admissions));
  return leanLayer<WithPrincipal & WithTenant, unknown, AdmitPolicy>({
    name: 'admit',
    fields: ['limits', 'limitsPerTenant', 'whenUnreachable'],
    policy: (tool) => effectiveLimits(tool, agent, tenant),
    policyFor: ({ limits, limitsPerTenant, ...tool }, principal) => {
      const decided = <T extends object>(limitsOf: T | ((principal: Principal) => T)): T =>
        typeof limitsOf === 'function' ? limitsOf(principal) : limitsOf;
      const own = {
        ...(limits === undefined ? {} : { limits: decided(limits) }),
        ...(limitsPerTenant === undefined ? {} : { limitsPerTenant: decided(limitsPerTenant) }),
      };
      return effectiveLimits({ ...tool, ...own }, decided(agent), tenant && decided(tenant));
    },
    measures: () => [...admissions.measures(), ...(store.measures?.() ?? [])],
    wrap: <C extends Call & WithPrincipal & WithTenant>(
      next: PromptHandler<C>,
      tool: ToolFacts & AdmitPolicy,
    ): PromptHandler<C> => {
      const { name, limits = none, limitsPerTenant = none, policy } = tool;
      const { whenUnreachable } = policy.admit as { readonly whenUnreachable: WhenUnreachable };
      const ownShape = limitShapeOf(limits, `this agent on ${name}`, 'tool', assertToolLimits);
      const tenantsShape = limitShapeOf(limitsPerTenant, `this tenant on ${name}`, 'tenant-tool');
      const isUsual = limits === none && limitsPerTenant === none;
      const applied = isUsual
        ? usual
        : perPrincipal((principal, tenantName) => {
            const { issuer, subject } = principal;
            const shape = ownShape(principal);
            // A cost that depends on the arguments is known with each call.
            const units = typeof shape.cost === 'number' ? shape.cost : 1;
            const own = limitSet(shape, ['tool', tenantName, issuer, subject, name], units);
            const ofTenant = limitSet(tenantsShape(principal), ['tool', tenantName, name], units);
            return applying([...everywhere(principal, tenantName, units), own, ofTenant], shape.cost, admissions);
          });
      const run = (call: C, request: AdmissionRequest, admission: Admission, passed: readonly Passed[]): Answered => {
        call.onAdmission?.(request, admission);
        if (!admission.admitted) throw refusedBy(admission);
        for (const limit of passed) limit.calls++;
        if (request.leases.length === 0) return next(call);
        const beating = heartbeat.start(request);
        const giveBack = () => {
          heartbeat.stop(beating);
          release(request);
        };
        let answer: Answered;
        try {
          answer = next(call);
        } catch (thrown) {
          call.work.whenSettled(giveBack);
          throw thrown;
        }
        if (answer instanceof Promise) return answer.finally(() => call.work.whenSettled(giveBack));
        call.work.whenSettled(giveBack);
        return answer;
      };
      const waitFor = async (
        call: C,
        request: AdmissionRequest,
        answer: Promise<Admission>,
        passed: readonly Passed[],
      ): Promise<ToolResult> => {
        const remainingMs = timeLeft(tool, call, clock);
        let admission: Admission;
        try {
          admission = await settledWithin(answer, remainingMs(), clock, () => {
            answer.then(({ admitted }) => (admitted ? release(request) : undefined)).catch(ignore);
            throw new Error('the store of limits did not answer within the time of the call');
          });
        } catch (cause) {
          throw unanswered(cause);
        }
        return run(LeanCall.passOn(call, { remainingMs }), request, admission, passed);
      };
      return (call) => {
        const decided = applied(call.principal, call.tenant);
        const { leases, cost, passed } = decided;
        let { windows, never } = decided;
        if (typeof cost === 'function') {
          const units = computedUnits(cost, call.input);
          windows = windows.map((window) => ({ ...window, cost: units }));
          never = windows.find(isTooDear);
        }
        if (never !== undefined) throw tooDear(never);
        if (windows.length + leases.length === 0) return next(call);
        const request: AdmissionRequest = {
          id: nextId(),
          tenant: call.tenant,
          windows,
          leases,
          leaseMs,
          whenUnreachable,
        };
        let answer: Admission | Promise<Admission>;
        try {
          answer = store.admit(request);
        } catch (cause) {
          throw unanswered(cause);
        }
        return 'then' in answer ? waitFor(call, request, answer, passed) : run(call, request, answer, passed);
      };
    },
  });
}

/** What a store throws is its own affair, unless it is meant for the caller. */
function unanswered(cause: unknown): ToolError {
  if (cause instanceof ToolError) return cause;
  return new ToolError('DEPENDENCY_UNAVAILABLE', 'Limits cannot be checked right now.', { retryAfterMs: 1_000, cause });
}

/** Ids that nobody else makes: one random part for all, and a number. */
function numbered(randomId: RandomId): () => string {
  let prefix: string | undefined;
  let count = 0;
  return () => {
    prefix ??= randomId();
    return `${prefix}.${(count++).toString(36)}`;
  };
}
