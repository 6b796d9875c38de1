import { FakeClock } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentPlan, scenarioOf, weather } from '../../test-rig/storms.js';
import type { Behaviour } from './behaviour.js';
import { behaviours } from './behaviours.js';
import type { CallOutcome } from './outcome.js';
import type { AgentPlan } from './scenario.js';
import { seededRandom } from './seeded-random.js';

const ok: CallOutcome = { kind: 'ok' };
const steady: Behaviour = { rhythm: { kind: 'steady', perSecond: 20 }, manners: { kind: 'ignores' } };
const crowd: readonly AgentPlan[] = Object.entries(behaviours(2)).map(([name, behaviour]) =>
  agentPlan(behaviour, name, { class: name }),
);

/** A server of moods that depend on nothing but the number of the call. */
function moody(seed: number) {
  return (_: unknown, number: number) => {
    const random = seededRandom(seed, number);
    const afterMs = random() * 400;
    const mood = random();
    if (mood < 0.6) return { afterMs, outcome: ok };
    if (mood < 0.9) {
      return { afterMs, outcome: { kind: 'denied', code: 'RATE_LIMITED', retryAfterMs: random() * 2_000 } as const };
    }
    return mood < 0.95 ? 'never' : { afterMs, outcome: { kind: 'failed', code: 'INTERNAL' } as const };
  };
}

it('two storms of one seed against one server are the same in every call; another seed makes another storm', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const [one, again, other] = await Promise.all(
        [seed, seed, seed + 1].map((each) => weather(scenarioOf(crowd, { seed: each }), moody(7))),
      );
      const plain = (all: typeof one) => all?.seen.map(({ agent, ...seen }) => ({ ...seen, agent: agent.name }));
      expect(plain(again)).toEqual(plain(one));
      expect({ ...again?.report, startedAt: '' }).toEqual({ ...one?.report, startedAt: '' });
      expect(plain(other)).not.toEqual(plain(one));
    }),
    { numRuns: 5 },
  );
});

it('what is counted is what happened: every call once, in its class, its agent and its tenant', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const agents = crowd.map((plan, index) => ({
        ...plan,
        caller: { tenant: index % 2 === 0 ? 'acme' : 'globex', subject: plan.name },
      }));
      const { report, seen, arrived } = await weather(scenarioOf(agents, { seed }), moody(seed));
      const { totals } = report;
      expect(totals.sent).toBe(arrived.length);
      expect(seen.length).toBe(arrived.length);
      const kinds = ['ok', 'denied', 'failed', 'broken', 'cancelled', 'unfinished'] as const;
      for (const kind of kinds) expect(totals[kind]).toBe(seen.filter(({ outcome }) => outcome.kind === kind).length);
      expect(kinds.reduce((sum, kind) => sum + totals[kind], 0)).toBe(totals.sent);
      expect(totals.admitted).toBe(totals.ok + totals.failed);
      for (const parts of [report.classes, report.agents, report.tenants]) {
        for (const kind of [...kinds, 'sent', 'heldBack', 'unsent'] as const) {
          expect(parts.reduce((sum, part) => sum + part[kind], 0)).toBe(totals[kind]);
        }
      }
      const { slots } = report.timeline;
      expect(slots.reduce((sum, slot) => sum + slot.sent, 0)).toBe(totals.sent);
      expect(slots.reduce((sum, slot) => sum + slot.ok, 0)).toBe(totals.ok);
      const inTime = seen.filter(({ outcome, endedMs }) => outcome.kind === 'ok' && endedMs <= 10_000).length;
      expect(totals.goodputPerSecond).toBeCloseTo(inTime / 10, 9);
    }),
    { numRuns: 5 },
  );
});

describe('a storm is bounded', () => {
  it('in time: no call begins after it, and what is open is waited for', async () => {
    const { report, seen, timers } = await weather(scenarioOf([agentPlan(steady)]), () => ({
      afterMs: 1_000,
      outcome: ok,
    }));
    expect(Math.max(...seen.map(({ sentMs }) => sentMs))).toBeLessThan(10_000);
    expect(report).toMatchObject({ endedBy: 'time', durationMs: 10_000, warnings: [] });
    expect(report.totals.ok).toBe(report.totals.sent);
    expect(timers).toBe(0);
  });

  it('in calls', async () => {
    const { report } = await weather(scenarioOf(crowd, { maxCalls: 50 }), () => ({ afterMs: 10, outcome: ok }));
    expect(report).toMatchObject({ endedBy: 'calls', totals: { sent: 50 } });
    expect(report.durationMs).toBeLessThan(10_000);
    expect(report.warnings.join()).toContain('its bound of calls');
  });

  it('in open calls of an agent: what is due beyond is not sent, counted, and warned about', async () => {
    const { report, arrived } = await weather(scenarioOf([agentPlan(steady)], { maxOpenPerAgent: 3 }), () => 'never');
    expect(arrived.length).toBe(6);
    expect(report.totals.unsent).toBeGreaterThan(100);
    expect(report.warnings.join()).toContain('were not sent');
  });

  it('in patience: a call that is never answered ends after the timeout, and its connection is closed', async () => {
    const { report, aborted, timers } = await weather(scenarioOf([agentPlan(steady)]), () => 'never');
    expect(report.totals.brokenBy).toEqual({ 'no-answer': report.totals.sent });
    expect(aborted).toBe(report.totals.sent);
    expect(report.elapsedMs).toBeLessThanOrEqual(15_000);
    expect(timers).toBe(0);
  });
});

describe('a signal ends a storm early', () => {
  it('what is answered within a second is counted, the rest is cut off and said to be', async () => {
    const { report, seen, aborted, timers } = await weather(
      scenarioOf([agentPlan(steady)]),
      (_, number) => (number % 2 === 0 ? 'never' : { afterMs: 900, outcome: ok }),
      4_000,
    );
    expect(report).toMatchObject({ endedBy: 'signal', durationMs: 4_000 });
    expect(report.elapsedMs).toBeLessThanOrEqual(5_000);
    expect(Math.max(...seen.map(({ sentMs }) => sentMs))).toBeLessThanOrEqual(4_000);
    expect(report.totals.unfinished).toBeGreaterThan(0);
    expect(report.totals.unfinished + report.totals.ok).toBe(report.totals.sent);
    expect(aborted).toBe(report.totals.unfinished);
    expect(timers).toBe(0);
  });

  it('also before it began', async () => {
    const { report } = await weather(scenarioOf([agentPlan(steady)]), () => 'never', 0);
    expect(report).toMatchObject({ endedBy: 'signal', totals: { sent: 0 } });
  });
});

it('an agent that quits gives up the share of its calls that it says, each in its time, and disconnects', async () => {
  const quitter: Behaviour = { ...steady, quits: { share: 0.5, withinMs: 200 } };
  const agents = Array.from({ length: 10 }, (_, index) => agentPlan(quitter, `agent-${index}`));
  const { report, seen, aborted } = await weather(scenarioOf(agents), () => ({ afterMs: 1_000, outcome: ok }));
  const given = seen.filter(({ outcome }) => outcome.kind === 'cancelled');
  expect(given.length / report.totals.sent).toBeCloseTo(0.5, 1);
  for (const { sentMs, endedMs } of given) expect(endedMs - sentMs).toBeLessThanOrEqual(200);
  expect(aborted).toBe(given.length);
});

it('each call of a keyed operation has a key of its own', async () => {
  const { seen } = await weather(
    scenarioOf(crowd.filter(({ behaviour }) => behaviour.manners.kind !== 'retries')),
    () => ({
      afterMs: 10,
      outcome: ok,
    }),
  );
  expect(new Set(seen.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(seen.length);
});

/** Timers that are due while the storm's own machine stands still, from the third second to the fifth, fire when it goes on. */
class StandingStill extends FakeClock {
  readonly #startMs = this.now();

  override setTimeout(callback: () => void, delayMs: number): unknown {
    const dueMs = this.now() + delayMs - this.#startMs;
    const isHeld = dueMs >= 3_000 && dueMs < 5_000;
    return super.setTimeout(callback, isHeld ? 5_000 + this.#startMs - this.now() : delayMs);
  }
}

it('a storm that is late leaves no call out and no wait: latency begins when the call was meant to be made', async () => {
  const answer = () => ({ afterMs: 1, outcome: ok });
  const [punctual, late] = await Promise.all([
    weather(scenarioOf([agentPlan(steady)]), answer),
    weather(scenarioOf([agentPlan(steady)]), answer, undefined, new StandingStill()),
  ]);
  const meant = ({ seen }: typeof late) => seen.map(({ intendedMs }) => intendedMs);
  expect(meant(late)).toEqual(meant(punctual));
  const delayed = meant(late).filter((ms) => ms >= 3_000 && ms < 5_000).length;
  expect(delayed).toBeGreaterThan(20);
  const [{ latency, service } = {}] = late.report.classes;
  expect(latency?.max).toBeGreaterThan(1_500);
  expect(service?.max).toBeLessThan(5);
  expect(latency?.p95).toBeGreaterThan(1_000);
  expect(late.report.lateness?.p99).toBeGreaterThan(1_500);
  expect(late.report.warnings.join()).toContain('The storm itself was late');
  expect(punctual.report.warnings).toEqual([]);
});

it.each<[string, Parameters<typeof scenarioOf>[1], RegExp]>([
  ['no agents', { agents: [] }, /at least one agent/],
  ['two of one name', { agents: [agentPlan(steady), agentPlan(steady)] }, /names of agents/],
  ['no time', { durationMs: 0 }, /durationMs/],
  ['a seed that is no whole number', { seed: 0.5 }, /seed/],
  ['no calls', { maxCalls: 0 }, /maxCalls/],
  ['an impossible rhythm', { agents: [agentPlan({ ...steady, rhythm: { kind: 'steady', perSecond: 0 } })] }, /rhythm/],
])('a scenario with %s is refused before anything is sent', async (_, more, message) => {
  await expect(weather(scenarioOf([agentPlan(steady)], more), () => 'never')).rejects.toThrow(message);
});
