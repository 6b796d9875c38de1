import { type Clock, systemClock } from '@sallyport/core';
import { Agent, type Attempt } from './agent.js';
import type { CallOutcome } from './outcome.js';
import type { AgentPlan, Scenario } from './scenario.js';
import { seededRandom } from './seeded-random.js';
import type { Seen } from './seen.js';
import type { Transport } from './transport.js';

/** Who is told what happens. */
export interface Watcher {
  /** A call was sent. */
  sent(agent: AgentPlan): void;
  /** A call has ended. */
  ended(seen: Seen): void;
  /** An agent kept silent, because it was told to wait, where it would have called. */
  heldBack(agent: AgentPlan): void;
  /** An agent had too many open calls to make another. */
  unsent(agent: AgentPlan): void;
}

/** What drives a storm beside its scenario. */
export interface DriveOptions {
  readonly clock?: Clock;
  /** Aborting it ends the storm: no more calls; what is open is waited for one second, then cut off. */
  readonly signal?: AbortSignal;
  /** Begins every idempotency key. Unique, or a server replays what an earlier storm was answered. */
  readonly keyPrefix: string;
}

/** Why a storm ended. */
export type EndedBy = 'time' | 'calls' | 'signal';

/** How a storm ended. */
export interface Ended {
  readonly by: EndedBy;
  /** How long agents began calls. */
  readonly durationMs: number;
}

const settleMs = 1_000;

type Cut = 'cancelled' | 'no-answer' | 'unfinished';

/** Lets the agents of a scenario loose, and resolves when their last call has ended. Never rejects while the transport does not. */
export async function drive(
  scenario: Scenario,
  transport: Transport,
  watcher: Watcher,
  { clock = systemClock, signal, keyPrefix }: DriveOptions,
): Promise<Ended> {
  const { seed, durationMs, maxCalls, maxOpenPerAgent, callTimeoutMs, agents } = scenario;
  const startMs = clock.now();
  const now = (): number => clock.now() - startMs;
  const timers = new Map<Agent, unknown>();
  const openOf = new Map<Agent, number>();
  const cuts = new Set<(why: Cut) => void>();
  let sent = 0;
  let ended: Ended | undefined;
  let whenOver = (): void => {};
  const over = new Promise<void>((resolve) => {
    whenOver = resolve;
  });

  const end = (by: EndedBy): void => {
    if (ended !== undefined) return;
    ended = { by, durationMs: Math.min(durationMs, now()) };
    clock.clearTimeout(last);
    for (const timer of timers.values()) clock.clearTimeout(timer);
    if (cuts.size === 0) whenOver();
  };
  let cutOff: unknown;
  const interrupt = (): void => {
    end('signal');
    cutOff = clock.setTimeout(() => {
      for (const cut of [...cuts]) cut('unfinished');
    }, settleMs);
  };

  const send = (plan: AgentPlan, agent: Agent, attempt: Attempt): void => {
    const open = openOf.get(agent) ?? 0;
    if (open >= maxOpenPerAgent) {
      watcher.unsent(plan);
      return;
    }
    openOf.set(agent, open + 1);
    sent++;
    watcher.sent(plan);
    const sentMs = now();
    const { operation, number, quitAfterMs } = attempt;
    const idempotencyKey = operation.keyed === true ? `${keyPrefix}:${plan.name}:${number}` : undefined;
    const controller = new AbortController();
    const settle = (outcome: CallOutcome): void => {
      if (!cuts.delete(cut)) return;
      for (const timer of [timeout, quit]) clock.clearTimeout(timer);
      openOf.set(agent, (openOf.get(agent) ?? 1) - 1);
      const endedMs = now();
      watcher.ended({ ...attempt, agent: plan, idempotencyKey, sentMs, endedMs, outcome });
      agent.settled(attempt, outcome, endedMs);
      if (ended === undefined) schedule(plan, agent);
      else if (cuts.size === 0) whenOver();
    };
    const cut = (why: Cut): void => {
      settle(why === 'no-answer' ? { kind: 'broken', code: why } : { kind: why });
      controller.abort();
    };
    cuts.add(cut);
    const timeout = clock.setTimeout(() => cut('no-answer'), callTimeoutMs);
    const quit = quitAfterMs === undefined ? undefined : clock.setTimeout(() => cut('cancelled'), quitAfterMs);
    const facts = { priority: plan.behaviour.priority, idempotencyKey };
    void transport.call(plan, operation, facts, controller.signal).then(settle);
    if (sent >= maxCalls) end('calls');
  };

  const schedule = (plan: AgentPlan, agent: Agent): void => {
    clock.clearTimeout(timers.get(agent));
    const { dueMs } = agent;
    if (dueMs >= durationMs) return;
    timers.set(
      agent,
      // In whole milliseconds, as timers are: a rest too small to add to the time would be waited for without end.
      clock.setTimeout(() => wake(plan, agent), Math.max(0, Math.ceil(dueMs - now()))),
    );
  };
  const wake = (plan: AgentPlan, agent: Agent): void => {
    const nowMs = now();
    while (agent.dueMs <= nowMs && agent.dueMs < durationMs && ended === undefined) {
      const attempt = agent.wake();
      if (attempt === undefined) watcher.heldBack(plan);
      else send(plan, agent, attempt);
    }
    if (ended === undefined) schedule(plan, agent);
  };

  const last = clock.setTimeout(() => end('time'), durationMs);
  for (const [index, plan] of agents.entries()) {
    schedule(plan, new Agent(plan.behaviour, plan.operations, seededRandom(seed, index)));
  }
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted === true) interrupt();
  await over;
  signal?.removeEventListener('abort', interrupt);
  clock.clearTimeout(cutOff);
  return ended ?? { by: 'time', durationMs };
}
