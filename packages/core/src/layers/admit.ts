import type {
  Admission,
  AdmissionRequest,
  AdmissionStore,
  LeaseLimit,
  WhenUnreachable,
  WindowLimit,
} from '../admission-store.js';
import { Admissions, type Passed } from '../admissions.js';
import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import { type Cost, isTooDear, tooDear, unitsOf } from '../cost.js';
import { Heartbeat } from '../heartbeat.js';
import type { Answered, Layer, PromptHandler } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { type LimitSet, limitSet } from '../limit-set.js';
import { limitShapeOf } from '../limit-shape.js';
import { assertLimits, defaultAgentLimits, type Limits, type LimitsOf } from '../limits.js';
import { perPrincipal } from '../per-principal.js';
import { PolicyError } from '../policy-error.js';
import type { Principal, WithPrincipal } from '../principal.js';
import { type RandomId, randomId as systemRandomId } from '../random-id.js';
import { refusedBy } from '../refused-by.js';
import { settledWithin } from '../settled-within.js';
import { TenantLimitSets } from '../tenant-limit-sets.js';
import { timeLeft } from '../time-allowed.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';
import { assertToolLimits, type ToolLimits, type ToolLimitsOf } from '../tool-limits.js';
import type { ToolResult } from '../tool-result.js';
import type { WithTenant } from './tenant.js';

/** What a tool may say for `admit`. */
export interface AdmitPolicy {
  /** Tighter limits for one agent on this tool, on top of the agent's own, and what a call costs. */
  readonly limits?: ToolLimitsOf;
  /** Limits on this tool for all agents of one tenant together. */
  readonly limitsPerTenant?: LimitsOf;
  /**
   * What happens while a shared store of limits cannot be reached, when it has a {@link localFallback}. Default: a read is limited
   * in its process (`local`), anything else does not run (`refuse`). A sensitive tool cannot say `local`.
   */
  readonly whenUnreachable?: WhenUnreachable;
}

/** What every tool of the stack shares. */
export interface AdmitOptions {
  /** Per agent, over all tools. Default 60 a minute, 1,000 an hour, 5 at once. */
  readonly agent?: LimitsOf;
  /** Per tenant, over all its agents and tools. Default none. */
  readonly tenant?: LimitsOf;
  readonly clock?: Clock;
  readonly randomId?: RandomId;
}

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
          const units = unitsOf(cost, call.input);
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

/** What is declared, shown, after it was found to be possible. */
function effectiveLimits(
  { name, limits, limitsPerTenant, ...tool }: Pick<ToolFacts, 'name'> & AdmitPolicy,
  agent: LimitsOf,
  tenant: LimitsOf | undefined,
): object {
  assertDeclared(name, 'limits', limits, assertToolLimits);
  assertDeclared(name, 'limitsPerTenant', limitsPerTenant, assertLimits);
  const { cost = 1, ...own } = typeof limits === 'object' ? limits : none;
  if (typeof cost === 'number') assertAffordable(name, cost, [agent, tenant, own, limitsPerTenant]);
  return {
    agent: shown(agent),
    ...(tenant === undefined ? {} : { tenant: shown(tenant) }),
    ...(limits === undefined ? {} : { agentAndTool: typeof limits === 'function' ? shown(limits) : own }),
    ...(limitsPerTenant === undefined ? {} : { tenantAndTool: shown(limitsPerTenant) }),
    cost: typeof limits === 'function' ? shown(limits) : typeof cost === 'function' ? 'computed' : cost,
    whenUnreachable: ruleOf(name, tool),
  };
}

function assertDeclared(name: string, field: string, limits: unknown, assert: (limits: Limits) => void): void {
  if (limits === undefined || typeof limits === 'function') return;
  try {
    assert(limits as Limits);
  } catch (error) {
    throw new PolicyError(name, field, `are wrong: ${(error as Error).message}`);
  }
}

function shown(limits: LimitsOf): unknown {
  return typeof limits === 'function' ? 'by principal' : limits;
}

/** The access class is another layer's, and a tool whose class nobody knows is no read. */
function ruleOf(
  name: string,
  { access, whenUnreachable }: { access?: unknown; whenUnreachable?: unknown },
): WhenUnreachable {
  if (whenUnreachable === undefined) return access === 'read' ? 'local' : 'refuse';
  if (whenUnreachable !== 'local' && whenUnreachable !== 'refuse') {
    throw new PolicyError(name, 'whenUnreachable', "must be 'local' or 'refuse'");
  }
  if (whenUnreachable === 'local' && access === 'sensitive') {
    throw new PolicyError(name, 'whenUnreachable', "must be 'refuse' for a sensitive tool");
  }
  return whenUnreachable;
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

/** A cost that a known limit can never admit is a mistake of the author. */
function assertAffordable(name: string, cost: number, limits: readonly (LimitsOf | undefined)[]): void {
  for (const known of limits) {
    if (typeof known !== 'object') continue;
    const { perMinute, perHour, budget = {} } = known;
    const smallest = Math.min(
      ...[perMinute, perHour, budget.perDay, budget.perMonth].map((limit) => limit ?? Number.POSITIVE_INFINITY),
    );
    if (cost > smallest)
      throw new PolicyError(name, 'limits', `make a call cost more than ${smallest}, which one of them lets through`);
  }
}

/** All that applies to the calls of one caller, with the window that can never admit one. */
interface Applying {
  readonly windows: readonly WindowLimit[];
  readonly leases: readonly LeaseLimit[];
  readonly never: WindowLimit | undefined;
  /** When it is a function, it is asked for each call. */
  readonly cost: Cost;
  /** Where an admission is counted: at each of these limits. */
  readonly passed: readonly Passed[];
}

/** At its length, unlike what is flattened or pushed to: it is kept for many callers. */
function joined<T>(lists: readonly (readonly T[])[]): readonly T[] {
  return ([] as T[]).concat(...lists);
}

const none: ToolLimits = {};

function applying(sets: readonly LimitSet[], cost: Cost, admissions: Admissions): Applying {
  const windows = joined(sets.map((set) => set.windows));
  const leases = joined(sets.map((set) => set.leases));
  const passed = [...windows, ...leases].map(({ reached }) => admissions.of(reached));
  return { windows, leases, never: windows.find(isTooDear), cost, passed };
}
