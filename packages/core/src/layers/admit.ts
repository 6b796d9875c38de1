import type {
  Admission,
  AdmissionRequest,
  AdmissionStore,
  LeaseLimit,
  WhenUnreachable,
  WindowLimit,
} from '../admission-store.js';
import { type Clock, systemClock } from '../clock.js';
import { Heartbeat } from '../heartbeat.js';
import { type Layer, lean } from '../layer.js';
import { type LimitSet, limitSet } from '../limit-set.js';
import { limitShapeOf } from '../limit-shape.js';
import { assertLimits, defaultAgentLimits, type Limits, type LimitsOf } from '../limits.js';
import { perPrincipal } from '../per-principal.js';
import { PolicyError } from '../policy-error.js';
import type { Principal, WithPrincipal } from '../principal.js';
import { type RandomId, randomId as systemRandomId } from '../random-id.js';
import { ToolError } from '../tool-error.js';
import type { WithTenant } from './tenant.js';

/** What a tool may say for `admit`. */
export interface AdmitPolicy {
  /** Tighter limits for one agent on this tool, on top of the agent's own. */
  readonly limits?: LimitsOf;
  /** Limits on this tool for all agents of one tenant together. */
  readonly limitsPerTenant?: LimitsOf;
  /**
   * Units a call takes from every window. Default 1. Computed from the raw arguments, which are not validated yet; when that
   * throws or gives no positive number, 1.
   */
  readonly cost?: number | ((input: unknown) => number);
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
 * runs. A refused call is `RATE_LIMITED` with the limit's name and the time to wait, and is charged nothing. The slot is
 * given back when the handler settles. A store that cannot answer is `DEPENDENCY_UNAVAILABLE`.
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
  const nextId = numbered(randomId);
  const agentShape = limitShapeOf(agent, 'this agent', 'agent');
  const tenantShape = limitShapeOf(tenant ?? none, 'this tenant', 'tenant');
  const everywhere = (principal: Principal, tenantName: string): LimitSet[] => [
    limitSet(agentShape(principal), ['agent', tenantName, principal.issuer, principal.subject]),
    limitSet(tenantShape(principal), ['tenant', tenantName]),
  ];
  const usual = perPrincipal((principal, tenantName) => applying(everywhere(principal, tenantName), 1));
  return {
    name: 'admit',
    [lean]: true,
    fields: ['limits', 'limitsPerTenant', 'cost', 'whenUnreachable'],
    policy({ name, limits, limitsPerTenant, cost, ...tool }) {
      assertDeclared(name, 'limits', limits);
      assertDeclared(name, 'limitsPerTenant', limitsPerTenant);
      assertCost(name, cost, [agent, tenant, limits, limitsPerTenant]);
      return {
        agent: shown(agent),
        ...(tenant === undefined ? {} : { tenant: shown(tenant) }),
        ...(limits === undefined ? {} : { agentAndTool: shown(limits) }),
        ...(limitsPerTenant === undefined ? {} : { tenantAndTool: shown(limitsPerTenant) }),
        cost: typeof cost === 'function' ? 'computed' : (cost ?? 1),
        whenUnreachable: ruleOf(name, tool),
      };
    },
    wrap: (next, { name, limits = none, limitsPerTenant = none, cost = 1, policy }) => {
      const { whenUnreachable } = policy.admit as { readonly whenUnreachable: WhenUnreachable };
      const fixed = typeof cost === 'number' ? cost : 1;
      const ownShape = limitShapeOf(limits, `this agent on ${name}`, 'tool');
      const tenantsShape = limitShapeOf(limitsPerTenant, `this tenant on ${name}`, 'tool');
      const isUsual = fixed === 1 && limits === none && limitsPerTenant === none;
      const applied = isUsual
        ? usual
        : perPrincipal((principal, tenantName) => {
            const { issuer, subject } = principal;
            const own = limitSet(ownShape(principal), ['tool', tenantName, issuer, subject, name]);
            const tenants = limitSet(tenantsShape(principal), ['tool', tenantName, name]);
            return applying([...everywhere(principal, tenantName), own, tenants], fixed);
          });
      return async (call) => {
        const decided = applied(call.principal, call.tenant);
        const { leases } = decided;
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
        let admission: Admission;
        try {
          const answer = store.admit(request);
          admission = 'then' in answer ? await answer : answer;
        } catch (cause) {
          if (cause instanceof ToolError) throw cause;
          throw new ToolError('DEPENDENCY_UNAVAILABLE', 'Limits cannot be checked right now.', {
            retryAfterMs: 1_000,
            cause,
          });
        }
        call.onAdmission?.(request, admission);
        if (!admission.admitted) {
          throw new ToolError('RATE_LIMITED', `${admission.limit}.`, {
            limit: admission.limit,
            retryAfterMs: admission.retryAfterMs,
          });
        }
        if (leases.length === 0) return next(call);
        const beating = heartbeat.start(request);
        try {
          return await next(call);
        } finally {
          call.work.whenSettled(() => {
            heartbeat.stop(beating);
            void store.release(request).catch(ignore);
          });
        }
      };
    },
  };
}

function assertDeclared(name: string, field: string, limits: unknown): void {
  if (limits === undefined || typeof limits === 'function') return;
  try {
    assertLimits(limits as Limits);
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

function assertCost(name: string, cost: unknown, limits: readonly (LimitsOf | undefined)[]): void {
  if (typeof cost === 'function') return;
  if (cost !== undefined && (typeof cost !== 'number' || !(cost > 0))) {
    throw new PolicyError(name, 'cost', 'must be a positive number or a function');
  }
  for (const known of limits) {
    if (typeof known !== 'object') continue;
    const smallest = Math.min(known.perMinute ?? Number.POSITIVE_INFINITY, known.perHour ?? Number.POSITIVE_INFINITY);
    if ((cost ?? 1) > smallest)
      throw new PolicyError(name, 'cost', `is over a limit of ${smallest}, so no call could ever pass`);
  }
}

/** The arguments are not validated yet: what they make of the cost may be anything, and must not lower a counter. */
function unitsOf(cost: (input: unknown) => number, input: unknown): number {
  try {
    const units = Number(cost(input));
    return units > 0 ? units : 1;
  } catch {
    return 1;
  }
}

function isTooDear({ cost, limit }: WindowLimit): boolean {
  return cost > limit;
}

/** Not `RATE_LIMITED`: to wait and try again would never help. */
function tooDear({ cost, limit, reached }: WindowLimit): ToolError {
  return new ToolError(
    'INVALID_INPUT',
    `This call costs ${cost} units, and a window that lets ${limit} through can never admit it. Ask for less at once.`,
    { limit: reached },
  );
}

/** All that applies to the calls of one caller, with the window that can never admit one. */
interface Applying {
  readonly windows: readonly WindowLimit[];
  readonly leases: readonly LeaseLimit[];
  readonly never: WindowLimit | undefined;
}

const none: Limits = {};

function applying(sets: readonly LimitSet[], cost: number): Applying {
  const windows = sets.flatMap((set) => set.windows.map((window) => ({ ...window, cost })));
  return { windows, leases: sets.flatMap((set) => set.leases), never: windows.find(isTooDear) };
}
