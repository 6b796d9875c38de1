import { Tally } from './counts.js';
import type { Ended, Watcher } from './drive.js';
import { jain } from './jain.js';
import { Latency } from './latency.js';
import type { AgentReport, ClassReport, Figures, StormReport, TenantReport } from './report.js';
import type { AgentPlan, Scenario } from './scenario.js';
import type { Seen } from './seen.js';
import { Timeline } from './timeline.js';
import { warningsOf } from './warnings.js';

/** What is counted together: an agent, a class, a tenant, or all. */
class Group {
  readonly tally = new Tally();
  /** Results that came while the storm lasted. */
  inTime = 0;

  figures(durationMs: number): Figures {
    return { ...this.tally.counts(), goodputPerSecond: durationMs > 0 ? (this.inTime * 1_000) / durationMs : 0 };
  }
}

class ClassGroup extends Group {
  readonly latency = new Latency();
  readonly service = new Latency();
  readonly denial = new Latency();
}

/** How a storm stands, for whoever watches it. */
export interface Progress {
  readonly atMs: number;
  readonly open: number;
  readonly totals: Figures;
}

/** Everything a storm sees, counted as it happens: its memory does not grow with the number of calls. */
export class StormRecord implements Watcher {
  readonly #scenario: Scenario;
  readonly #now: () => number;
  readonly #all = new Group();
  readonly #lateness = new Latency();
  readonly #timeline: Timeline;
  readonly #agents = new Map<AgentPlan, Group>();
  readonly #classes = new Map<string, ClassGroup>();
  readonly #tenants = new Map<string, Group>();
  #open = 0;

  /** `now`: milliseconds from the start of the storm. */
  constructor(scenario: Scenario, now: () => number) {
    this.#scenario = scenario;
    this.#now = now;
    this.#timeline = new Timeline(scenario.durationMs);
    for (const plan of scenario.agents) {
      this.#agents.set(plan, new Group());
      if (!this.#classes.has(plan.class)) this.#classes.set(plan.class, new ClassGroup());
      if (!this.#tenants.has(plan.caller.tenant)) this.#tenants.set(plan.caller.tenant, new Group());
    }
  }

  sent(agent: AgentPlan): void {
    this.#open++;
    this.#timeline.sent(this.#now());
    for (const { tally } of this.#groupsOf(agent)) tally.sent++;
  }

  heldBack(agent: AgentPlan): void {
    for (const { tally } of this.#groupsOf(agent)) tally.heldBack++;
  }

  unsent(agent: AgentPlan): void {
    for (const { tally } of this.#groupsOf(agent)) tally.unsent++;
  }

  ended(seen: Seen): void {
    const { agent, outcome, intendedMs, sentMs, endedMs } = seen;
    this.#open--;
    this.#timeline.ended(seen);
    this.#lateness.add(sentMs - intendedMs);
    const isInTime = outcome.kind === 'ok' && endedMs <= this.#scenario.durationMs;
    for (const group of this.#groupsOf(agent)) {
      group.tally.add(outcome);
      if (isInTime) group.inTime++;
    }
    const group = this.#classes.get(agent.class);
    if (outcome.kind === 'ok') {
      group?.latency.add(endedMs - intendedMs);
      group?.service.add(endedMs - sentMs);
    } else if (outcome.kind === 'denied') group?.denial.add(endedMs - sentMs);
  }

  progress(): Progress {
    const atMs = this.#now();
    return { atMs, open: this.#open, totals: this.#all.figures(atMs) };
  }

  report({ by, durationMs }: Ended, target: string, startedAt: string): StormReport {
    const { seed } = this.#scenario;
    const agents = [...this.#agents].map(([plan, group]) => agentReport(plan, group.figures(durationMs)));
    const classes = [...this.#classes].map(([name, group]) => this.#classReport(name, group, durationMs));
    const tenants = [...this.#tenants].map(([name, group]): TenantReport => {
      const count = agents.filter(({ tenant }) => tenant === name).length;
      return { name, agents: count, ...group.figures(durationMs) };
    });
    const report: StormReport = {
      version: 1,
      target,
      seed,
      startedAt,
      endedBy: by,
      durationMs,
      elapsedMs: this.#now(),
      totals: this.#all.figures(durationMs),
      classes,
      agents,
      tenants,
      fairness: { agents: jain(agents.map(({ ok }) => ok)), tenants: jain(tenants.map(({ ok }) => ok)) },
      timeline: { slotMs: this.#timeline.slotMs, slots: this.#timeline.slots(durationMs) },
      lateness: this.#lateness.percentiles(),
      warnings: [],
    };
    return { ...report, warnings: warningsOf(report) };
  }

  #classReport(name: string, group: ClassGroup, durationMs: number): ClassReport {
    const plans = this.#scenario.agents.filter((plan) => plan.class === name);
    return {
      name,
      agents: plans.length,
      arrivals: plans.some(({ behaviour }) => behaviour.rhythm.kind === 'loop') ? 'closed' : 'open',
      ...group.figures(durationMs),
      latency: group.latency.percentiles(),
      service: group.service.percentiles(),
      denial: group.denial.percentiles(),
      fairness: jain(plans.map((plan) => this.#agents.get(plan)?.tally.ok ?? 0)),
    };
  }

  #groupsOf(agent: AgentPlan): Group[] {
    const groups = [
      this.#all,
      this.#agents.get(agent),
      this.#classes.get(agent.class),
      this.#tenants.get(agent.caller.tenant),
    ];
    return groups.filter((group) => group !== undefined);
  }
}

function agentReport({ name, class: of, caller, protocol }: AgentPlan, figures: Figures): AgentReport {
  return { name, class: of, tenant: caller.tenant, subject: caller.subject, protocol, ...figures };
}
