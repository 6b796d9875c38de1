import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Breaker, BreakerModel, breakerSteps } from '../test-rig/breaker-model.js';
import { type BreakerOptions, CircuitBreaker, type Evidence, type Permit } from './circuit-breaker.js';

const options: BreakerOptions = {
  windowMs: 1_000,
  minimumCalls: 3,
  failureRate: 0.5,
  slowMs: 100,
  slowRate: 0.75,
  openMs: 500,
  probes: 2,
};

function agrees(subject: () => Breaker) {
  return fc.property(breakerSteps, (steps) => {
    fc.modelRun(() => ({ model: new BreakerModel(options), real: subject() }), steps);
  });
}

test('in 10,000 generated histories it decides as the reference model does', () => {
  fc.assert(
    agrees(() => new CircuitBreaker(options)),
    { numRuns: 10_000 },
  );
});

/** A breaker that hears something else of the calls that end. */
function hearing(change: (evidence: Evidence | undefined) => Evidence | undefined) {
  return () => {
    const breaker = new CircuitBreaker(options);
    return {
      get state() {
        return breaker.state;
      },
      ask: breaker.ask.bind(breaker),
      settle: (permit: Permit, evidence: Evidence | undefined, now: number) =>
        breaker.settle(permit, change(evidence), now),
    };
  };
}

const configured = (wrong: Partial<BreakerOptions>) => () => new CircuitBreaker({ ...options, ...wrong });

describe('the model finds a breaker that', () => {
  test.each<[string, () => Breaker]>([
    ['opens on too few calls', configured({ minimumCalls: 1 })],
    ['does not look at failures', hearing((evidence) => evidence && { ...evidence, failed: false })],
    ['does not look at slow calls', hearing((evidence) => evidence && { ...evidence, slow: false })],
    ['takes what says nothing for a failure', hearing((evidence) => evidence ?? { failed: true, slow: false })],
    ['takes what says nothing for a success', hearing((evidence) => evidence ?? { failed: false, slow: false })],
    ['looks back too far', configured({ windowMs: 10_000 })],
    ['probes too early', configured({ openMs: 400 })],
    ['lets one probe too many through', configured({ probes: 3 })],
    ['closes after one success', configured({ probes: 1 })],
    ['forgets probes that still run when it opens again', forgettingProbes],
    ['listens to calls from before its state changed', listeningToTheLate],
    ['makes callers wait for a probe: it refuses without a time', withoutWait],
  ])('%s', (_, bug) => {
    expect(fc.check(agrees(bug), { numRuns: 10_000 }).failed).toBe(true);
  });
});

function forgettingProbes(): Breaker {
  const breaker = new CircuitBreaker(options);
  const probes = new Set<Permit>();
  return {
    get state() {
      return breaker.state;
    },
    ask(now) {
      const asked = breaker.ask(now);
      if (asked.permit?.isProbe === true) probes.add(asked.permit);
      return asked;
    },
    settle(permit, evidence, now) {
      if (permit.isProbe && !probes.delete(permit)) return;
      breaker.settle(permit, evidence, now);
      if (breaker.state !== 'open') return;
      for (const forgotten of probes) breaker.settle(forgotten, undefined, now);
      probes.clear();
    },
  };
}

function listeningToTheLate(): Breaker {
  const breaker = new CircuitBreaker(options);
  let epoch = 0;
  return {
    get state() {
      return breaker.state;
    },
    ask(now) {
      const asked = breaker.ask(now);
      epoch = asked.permit?.epoch ?? epoch;
      return asked;
    },
    settle: ({ isProbe }, evidence, now) => breaker.settle({ epoch, isProbe }, evidence, now),
  };
}

function withoutWait(): Breaker {
  const breaker = new CircuitBreaker(options);
  return {
    get state() {
      return breaker.state;
    },
    ask(now) {
      const asked = breaker.ask(now);
      return asked.permit === undefined ? { waitMs: 0 } : asked;
    },
    settle: breaker.settle.bind(breaker),
  };
}
