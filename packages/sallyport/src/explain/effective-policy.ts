import { type Explanation, explain, explainFor, type Limits, type Principal, type Tool } from '@sallyport/core';

/** Limits, or that they depend on who calls. */
export type ShownLimits = Limits | 'by principal';

/** The limits of the calls of a tool. */
export interface EffectiveLimits {
  /** Of each agent, over all tools. */
  readonly agent?: ShownLimits;
  /** Of each tenant, over all tools. */
  readonly tenant?: ShownLimits;
  /** Of each agent on this tool. */
  readonly agentAndTool?: ShownLimits;
  /** Of each tenant on this tool. */
  readonly tenantAndTool?: ShownLimits;
  /** Units a call takes. */
  readonly cost?: number | 'computed' | 'by principal';
  /** Without the shared store of limits. */
  readonly whenUnreachable?: 'local' | 'refuse';
}

/** What will happen to every call of one tool. What no layer decides is absent. */
export interface EffectivePolicy {
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly owner?: string;
  readonly access?: string;
  readonly scopes?: readonly string[];
  /** Where the tenant comes from: the token, or for callers without one this name. */
  readonly tenant?: string;
  readonly limits?: EffectiveLimits;
  /** By plan, where limits depend on the caller. */
  readonly plans?: Readonly<Record<string, EffectiveLimits>>;
  readonly priority?: string;
  /** Calls of all tools that run at once at most, before they are shed. */
  readonly maxInFlight?: number;
  readonly effects?: string;
  /** Whether a call needs an idempotency key. */
  readonly idempotencyKey?: unknown;
  readonly depends?: string;
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  readonly redacts?: boolean;
  /** Outermost first, each with what it does for the tool. */
  readonly layers: Explanation['layers'];
}

/** The policies of the shipped layers, as `explain` gives them. A stack may lack any of them. */
interface Shipped {
  readonly authorize?: { readonly access: string; readonly scopes: readonly string[] };
  readonly tenant?: { readonly from: string; readonly fallback?: string };
  readonly shed?: { readonly priority: string; readonly maxLimit: number };
  readonly admit?: EffectiveLimits;
  readonly idempotent?: { readonly effects: string; readonly key: unknown };
  readonly depend?: { readonly on: string };
  readonly deadline?: { readonly timeoutMs: number };
  readonly bound?: { readonly maxOutputBytes: number; readonly redacts: boolean };
}

function policiesOf({ layers }: Explanation): Shipped {
  return Object.fromEntries(layers.map(({ name, policy }) => [name, policy]));
}

/** The effective policy of a tool, and its limits for callers of each plan. Throws what the server's own functions throw. */
export function effectivePolicy(tool: Tool, plans: readonly string[], tenant: string): EffectivePolicy {
  const { facts } = tool;
  const explanation = explain(tool);
  const {
    authorize,
    tenant: bound,
    shed,
    admit,
    idempotent,
    depend,
    deadline,
    bound: output,
  } = policiesOf(explanation);
  const of = (plan: string) => policiesOf(explainFor(tool, caller(plan, tenant))).admit ?? {};
  return {
    name: facts.name,
    kind: facts.kind,
    version: facts.version,
    ...(facts.owner === undefined ? {} : { owner: facts.owner }),
    ...(authorize && { access: authorize.access, scopes: authorize.scopes }),
    ...(bound && { tenant: bound.fallback === undefined ? bound.from : `${bound.from}, else ${bound.fallback}` }),
    ...(admit && { limits: admit }),
    ...(admit && plans.length > 0 ? { plans: Object.fromEntries(plans.map((plan) => [plan, of(plan)])) } : {}),
    ...(shed && { priority: shed.priority, maxInFlight: shed.maxLimit }),
    ...(idempotent && { effects: idempotent.effects, idempotencyKey: idempotent.key }),
    ...(depend && { depends: depend.on }),
    ...(deadline && { timeoutMs: deadline.timeoutMs }),
    ...(output && { maxOutputBytes: output.maxOutputBytes, redacts: output.redacts }),
    layers: explanation.layers,
  };
}

function caller(plan: string, tenant: string): Principal {
  return { issuer: 'sallyport-explain', subject: 'agent', scopes: [], tenant, plan };
}
