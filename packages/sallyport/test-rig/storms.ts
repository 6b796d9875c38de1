import { FakeClock } from '@sallyport/testkit';
import type { AgentPlan, Behaviour, Scenario, Seen, StormReport } from '../src/storm/index.js';
import { storm } from '../src/storm/index.js';
import { type Arrived, fakeTransport, type MadeUpAnswer } from './fake-transport.js';

/** An agent for tests. */
export function agentPlan(behaviour: Behaviour, name = 'agent-1', more: Partial<AgentPlan> = {}): AgentPlan {
  return {
    name,
    class: 'test',
    behaviour,
    operations: (random) => ({ tool: random() < 0.5 ? 'one' : 'other', arguments: {}, keyed: true }),
    caller: { tenant: 'acme', subject: name },
    protocol: '2026-07-28',
    ...more,
  };
}

/** A storm of ten seconds, unless it says otherwise. */
export function scenarioOf(agents: readonly AgentPlan[], more: Partial<Scenario> = {}): Scenario {
  return {
    seed: 1,
    durationMs: 10_000,
    maxCalls: 100_000,
    maxOpenPerAgent: 64,
    callTimeoutMs: 5_000,
    agents,
    ...more,
  };
}

/** What a storm on a made-up server came to, on a clock that does not wait. */
export interface Weathered {
  readonly report: StormReport;
  readonly seen: readonly Seen[];
  readonly arrived: readonly Arrived[];
  readonly aborted: number;
  /** Timers that were left behind. */
  readonly timers: number;
}

/** Runs it to its end. */
export async function weather(
  scenario: Scenario,
  answer: (arrived: Arrived, number: number) => MadeUpAnswer | 'never',
  signalAtMs?: number,
  clock = new FakeClock(),
): Promise<Weathered> {
  const { transport, arrived, aborted } = fakeTransport(clock, answer);
  const seen: Seen[] = [];
  const controller = new AbortController();
  const running = storm(scenario, transport, {
    clock,
    keyPrefix: 'k',
    signal: controller.signal,
    onCall: (one) => seen.push(one),
  });
  let isOver = false;
  const settled = Promise.allSettled([running]).then(() => {
    isOver = true;
  });
  if (signalAtMs !== undefined) {
    await clock.advance(signalAtMs);
    controller.abort();
  }
  for (let waitedMs = 0; !isOver && waitedMs < 600_000; waitedMs += 1_000) await clock.advance(1_000);
  await settled;
  const report = await running;
  return { report, seen, arrived, aborted: aborted(), timers: clock.timers };
}
