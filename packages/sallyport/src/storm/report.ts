import type { Counts } from './counts.js';
import type { EndedBy } from './drive.js';
import type { Percentiles } from './latency.js';
import type { Protocol } from './protocol.js';
import type { Slot } from './timeline.js';

/** Counts, and how many calls were answered with a result in each second that the storm lasted. */
export interface Figures extends Counts {
  readonly goodputPerSecond: number;
}

/** One class of agents. */
export interface ClassReport extends Figures {
  readonly name: string;
  readonly agents: number;
  /** `open`: when its agents call does not depend on answers. Only of such classes are latencies those that callers see. */
  readonly arrivals: 'open' | 'closed';
  /** Of calls answered with a result: from when the call was meant to be made to the end of the answer. In milliseconds. */
  readonly latency?: Percentiles | undefined;
  /** Of the same calls, from when they were sent. */
  readonly service?: Percentiles | undefined;
  /** Of denied calls, from when they were sent: what a refusal costs. */
  readonly denial?: Percentiles | undefined;
  /** Jain's index of the results that its agents got; missing when none got any. */
  readonly fairness?: number | undefined;
}

/** One agent. */
export interface AgentReport extends Figures {
  readonly name: string;
  readonly class: string;
  readonly tenant: string;
  readonly subject: string;
  readonly protocol: Protocol;
}

/** All agents of one tenant. */
export interface TenantReport extends Figures {
  readonly name: string;
  readonly agents: number;
}

/** What a storm saw: plain data, the same for `--json`, the table and the page. */
export interface StormReport {
  readonly version: 1;
  /** What was stormed: the address without credentials and query. */
  readonly target: string;
  readonly seed: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedBy: EndedBy;
  /** How long agents began calls. */
  readonly durationMs: number;
  /** The same, and how long what was open then was waited for. */
  readonly elapsedMs: number;
  readonly totals: Figures;
  readonly classes: readonly ClassReport[];
  readonly agents: readonly AgentReport[];
  readonly tenants: readonly TenantReport[];
  /** Jain's index of the results that agents got, and that tenants got; missing when there were none. */
  readonly fairness: { readonly agents?: number | undefined; readonly tenants?: number | undefined };
  readonly timeline: { readonly slotMs: number; readonly slots: readonly Slot[] };
  /** How much later than meant the storm sent its calls. In milliseconds. */
  readonly lateness?: Percentiles | undefined;
  /** What keeps the figures from being taken as they are. */
  readonly warnings: readonly string[];
}
