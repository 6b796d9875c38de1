import type { WhenUnreachable } from './admission-store.js';
import { assertLimits, type Limits, type LimitsOf } from './limits.js';
import { PolicyError } from './policy-error.js';
import type { ToolFacts } from './tool-facts.js';
import { assertToolLimits, type ToolLimitsOf } from './tool-limits.js';

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

/** What is declared, as it is shown, after it was found to be possible. Throws a `PolicyError` for what is not. */
export function effectiveLimits(
  { name, limits, limitsPerTenant, ...tool }: Pick<ToolFacts, 'name'> & AdmitPolicy,
  agent: LimitsOf,
  tenant: LimitsOf | undefined,
): object {
  assertDeclared(name, 'limits', limits, assertToolLimits);
  assertDeclared(name, 'limitsPerTenant', limitsPerTenant, assertLimits);
  const { cost = 1, ...own } = typeof limits === 'object' ? limits : {};
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
