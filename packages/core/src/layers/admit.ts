import type { AdmissionRequest, AdmissionStore, LeaseLimit, WindowLimit } from '../admission-store.js';
import { type Clock, systemClock } from '../clock.js';
import { Heartbeat } from '../heartbeat.js';
import type { Layer } from '../layer.js';
import { assertLimits, defaultAgentLimits, type Limits, type LimitsOf } from '../limits.js';
import { PolicyError } from '../policy-error.js';
import type { Principal, WithPrincipal } from '../principal.js';
import { type RandomId, randomId as systemRandomId } from '../random-id.js';
import { ToolError } from '../tool-error.js';
import type { WithTenant } from './tenant.js';

/** What a tool may say for `admit`. */
export interface AdmitPolicy {
  /** Tighter limits for one agent on this tool, on top of the agent's own. */
  readonly limits?: Limits;
  /** Units a call takes from every window. Default 1. Computed from the raw arguments, which are not validated yet. */
  readonly cost?: number | ((input: unknown) => number);
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
 */
export function admit(
  store: AdmissionStore,
  { agent = defaultAgentLimits, tenant, clock = systemClock, randomId = systemRandomId }: AdmitOptions = {},
): Layer<WithPrincipal & WithTenant, unknown, AdmitPolicy> {
  for (const limits of [agent, tenant]) if (typeof limits === 'object') assertLimits(limits);
  const ignore = () => {};
  const heartbeat = new Heartbeat<AdmissionRequest>(
    leaseMs / 3,
    (request) => void store.renew(request).catch(ignore),
    clock,
  );
  const shared = perPrincipal((principal, tenantName) => [
    limitSet(limitsFor(agent, principal), 'this agent', ['agent', tenantName, principal.issuer, principal.subject]),
    limitSet(limitsFor(tenant, principal), 'this tenant', ['tenant', tenantName]),
  ]);
  return {
    name: 'admit',
    policy({ name, limits, cost }) {
      try {
        if (limits !== undefined) assertLimits(limits);
      } catch (error) {
        throw new PolicyError(name, 'limits', `are wrong: ${(error as Error).message}`);
      }
      if (typeof cost === 'number' && !(cost > 0)) throw new PolicyError(name, 'cost', 'must be a positive number');
      return {
        agent: typeof agent === 'function' ? 'by principal' : agent,
        ...(tenant === undefined ? {} : { tenant: typeof tenant === 'function' ? 'by principal' : tenant }),
        ...(limits === undefined ? {} : { agentAndTool: limits }),
        cost: typeof cost === 'function' ? 'computed' : (cost ?? 1),
      };
    },
    wrap: (next, { name, limits, cost = 1 }) => {
      const own = perPrincipal((principal, tenantName) => [
        limitSet(limits ?? {}, `this agent on ${name}`, ['tool', tenantName, principal.issuer, principal.subject, name]),
      ]);
      return async (call) => {
        const units = typeof cost === 'number' ? cost : cost(call.input);
        const sets = [...shared(call.principal, call.tenant), ...own(call.principal, call.tenant)];
        const request: AdmissionRequest = {
          id: randomId(),
          tenant: call.tenant,
          windows: sets.flatMap((set) => set.windows.map((window) => ({ ...window, cost: units }))),
          leases: sets.flatMap((set) => set.leases),
          leaseMs,
        };
        const admission = await store.admit(request).catch((cause: unknown) => {
          throw new ToolError('DEPENDENCY_UNAVAILABLE', 'Limits cannot be checked right now.', {
            retryAfterMs: 1_000,
            cause,
          });
        });
        if (!admission.admitted) {
          throw new ToolError('RATE_LIMITED', `${admission.limit}.`, {
            limit: admission.limit,
            retryAfterMs: admission.retryAfterMs,
          });
        }
        heartbeat.add(request);
        try {
          return await next(call);
        } finally {
          call.work.whenSettled(() => {
            heartbeat.delete(request);
            void store.release(request).catch(ignore);
          });
        }
      };
    },
  };
}

interface LimitSet {
  readonly windows: readonly Omit<WindowLimit, 'cost'>[];
  readonly leases: readonly LeaseLimit[];
}

function limitsFor(limits: LimitsOf | undefined, principal: Principal): Limits {
  return (typeof limits === 'function' ? limits(principal) : limits) ?? {};
}

function limitSet({ perMinute, perHour, concurrent }: Limits, whose: string, parts: readonly string[]): LimitSet {
  const key = JSON.stringify(parts);
  const windows = [];
  if (perMinute !== undefined) windows.push(window(perMinute, 60_000, 'minute'));
  if (perHour !== undefined) windows.push(window(perHour, 3_600_000, 'hour'));
  return {
    windows,
    leases:
      concurrent === undefined ? [] : [{ key, limit: concurrent, reached: `${concurrent} calls at once reached for ${whose}` }],
  };

  function window(limit: number, windowMs: number, per: string) {
    return { key: `${key}${per}`, limit, windowMs, reached: `${limit} calls per ${per} reached for ${whose}` };
  }
}

/** Decided once per verified token: the edge hands out one principal object for as long as it keeps the token. */
function perPrincipal<T>(decide: (principal: Principal, tenant: string) => T): (principal: Principal, tenant: string) => T {
  const decided = new WeakMap<Principal, { tenant: string; value: T }>();
  return (principal, tenant) => {
    const known = decided.get(principal);
    if (known !== undefined && known.tenant === tenant) return known.value;
    const value = decide(principal, tenant);
    decided.set(principal, { tenant, value });
    return value;
  };
}
