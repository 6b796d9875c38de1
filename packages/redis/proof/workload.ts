import type { AdmissionRequest, WindowLimit } from '@sallyport/core';
import { randomFrom } from '@sallyport/testkit';

/** What a recorded run consists of: three dimensions with two windows each. */
export interface Workload {
  readonly shortMs: number;
  readonly longMs: number;
  readonly forMs: number;
  readonly processes: number;
  readonly seed: number;
}

/** Who asks for what. */
export interface Ask {
  readonly agent: number;
  readonly tool: number;
  readonly cost: number;
}

const tenants = 2;
const agentsPerTenant = 3;
const tools = 2;
const limits = { agent: [30, 100], tenant: [75, 200], tool: [20, 65] } as const;
const overload = 10;

/** The windows of a call, in the order agent, tenant, agent and tool; of each the short one first. */
export function windowsOf({ agent, tool, cost }: Ask, { shortMs, longMs }: Workload): WindowLimit[] {
  const keys = { agent: `agent ${agent}`, tenant: `tenant ${tenantOf(agent)}`, tool: `agent ${agent} tool ${tool}` };
  return (['agent', 'tenant', 'tool'] as const).flatMap((scope) =>
    [shortMs, longMs].map((windowMs, index) => {
      const limit = limits[scope][index] ?? 0;
      return {
        key: `${keys[scope]} ${windowMs}`,
        scope,
        limit,
        windowMs,
        cost,
        reached: `${limit} for ${keys[scope]}`,
      };
    }),
  );
}

/** The request of a call. */
export function requestOf(ask: Ask, workload: Workload, id: string): AdmissionRequest {
  const windows = windowsOf(ask, workload);
  return { id, tenant: `tenant ${tenantOf(ask.agent)}`, windows, leases: [], leaseMs: 30_000 };
}

/** When one process asks for what: bursts, trickles and pauses, ten times what the tenants' short windows let through. */
export function* arrivals(
  process: number,
  workload: Workload,
): Generator<{ readonly atMs: number; readonly asks: readonly Ask[] }> {
  const { shortMs, forMs, processes, seed } = workload;
  const random = randomFrom(seed * 1_000 + process);
  const perMs = (overload * tenants * limits.tenant[0]) / shortMs / processes;
  const meanCost = 1.2;
  for (let atMs = 0; atMs < forMs; ) {
    const size = random() < 0.1 ? Math.ceil(random() * 60) : Math.ceil(random() * 3);
    yield {
      atMs,
      asks: Array.from({ length: size }, () => ({
        agent: Math.floor(random() * tenants * agentsPerTenant),
        tool: Math.floor(random() * tools),
        cost: random() < 0.8 ? 1 : 1 + Math.floor(random() * 3),
      })),
    };
    // Exponential gaps: the calls of a process come as a Poisson process of groups.
    atMs += (-Math.log(1 - random()) * size * meanCost) / perMs;
  }
}

function tenantOf(agent: number): number {
  return Math.floor(agent / agentsPerTenant);
}
