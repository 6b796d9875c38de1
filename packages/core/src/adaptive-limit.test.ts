import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LimitModel, type LimitUnderTest, limitSteps } from '../test-rig/limit-model.js';
import { AdaptiveLimit, type LimitBounds, type Load, ToolLatency } from './adaptive-limit.js';
import { priorities } from './priority.js';

// Narrow, so that generated histories reach both ends.
const bounds: LimitBounds = { initial: 20, min: 19, max: 22 };
const tools = () => [new ToolLatency(), new ToolLatency()];

type Make = (load: () => Load) => LimitUnderTest;

const agrees = (make: Make) =>
  fc.property(limitSteps, (steps) => {
    fc.modelRun(() => {
      const model = new LimitModel(bounds);
      return { model, real: make(() => model.load) };
    }, steps);
  });

const configured =
  (wrong: Partial<LimitBounds> = {}): Make =>
  (load) => ({ limit: new AdaptiveLimit({ ...bounds, ...wrong }, load), tools: tools() });

test('in 10,000 generated histories it decides as the reference model does', () => {
  fc.assert(agrees(configured()), { numRuns: 10_000 });
});

/** A limit with one verb that does something else. */
const distorted =
  (change: (limit: AdaptiveLimit) => Partial<LimitUnderTest['limit']>): Make =>
  (load) => {
    const limit = new AdaptiveLimit(bounds, load);
    const honest: LimitUnderTest['limit'] = {
      get limit() {
        return limit.limit;
      },
      get inFlight() {
        return limit.inFlight;
      },
      admits: (priority) => limit.admits(priority),
      enter: () => limit.enter(),
      leave: () => limit.leave(),
      sample: (tool, ms, now) => limit.sample(tool, ms, now),
    };
    return { limit: Object.defineProperties(honest, Object.getOwnPropertyDescriptors(change(limit))), tools: tools() };
  };

describe('the model finds a limit that', () => {
  test.each<[string, Make]>([
    ['falls below its minimum', configured({ min: 1 })],
    ['grows above its maximum', configured({ max: 1_000 })],
    ['reserves nothing for critical calls', distorted((limit) => ({ admits: () => limit.admits('critical') }))],
    [
      'takes batch for default',
      distorted((limit) => ({ admits: (of) => limit.admits(of === 'batch' ? 'default' : of) })),
    ],
    ['sheds critical calls with the others', distorted((limit) => ({ admits: () => limit.admits('default') }))],
    ['does not look at the event loop', (load) => ({ ...configured()(() => ({ ...load(), delayMs: 0 })) })],
    ['does not look at utilisation', (load) => ({ ...configured()(() => ({ ...load(), utilisation: 0 })) })],
    ['does not look at latency', distorted((limit) => ({ sample: (tool, _, now) => limit.sample(tool, 10, now) }))],
    [
      'compares all tools with one another',
      (load) => {
        const tool = new ToolLatency();
        return { limit: new AdaptiveLimit(bounds, load), tools: [tool, tool] };
      },
    ],
    ['loses count of what runs', distorted(() => ({ leave: () => {} }))],
    [
      'decides by every call',
      distorted((limit) => {
        let time = 0;
        return {
          sample(tool, ms) {
            time += 500;
            limit.sample(tool, ms, time);
          },
        };
      }),
    ],
  ])('%s', (_, bug) => {
    expect(fc.check(agrees(bug), { numRuns: 10_000 }).failed).toBe(true);
  });
});

/** So many calls at once, again and again, each batch taking as long. */
function drive(limit: AdaptiveLimit, tool: ToolLatency, concurrent: number, tookMs: number, windows: number, from = 0) {
  let now = from;
  for (let window = 0; window < windows; window++) {
    for (let call = 0; call < concurrent; call++) limit.enter();
    now += 500;
    for (let call = 0; call < concurrent; call++) {
      limit.leave();
      limit.sample(tool, tookMs, now);
    }
  }
  return now;
}

describe('a limit', () => {
  const wide = { initial: 100, min: 16, max: 1_000 };

  test('grows while its room is used and calls take no longer than usual', () => {
    const limit = new AdaptiveLimit(wide);
    drive(limit, new ToolLatency(), 100, 20, 100);
    expect(limit.limit).toBeGreaterThan(190);
  });

  test('falls when they take much longer than usual, to its minimum and not below, and recovers', () => {
    const limit = new AdaptiveLimit(wide);
    const tool = new ToolLatency();
    const now = drive(limit, tool, 100, 20, 10);
    const later = drive(limit, tool, 100, 2_000, 30, now);
    expect(limit.limit).toBeLessThan(30);
    expect(limit.limit).toBeGreaterThanOrEqual(16);
    drive(limit, tool, 60, 20, 120, later);
    expect(limit.limit).toBeGreaterThan(80);
  });

  test('does not move while less than half of it is used, however slow the calls are', () => {
    const limit = new AdaptiveLimit(wide);
    const tool = new ToolLatency();
    drive(limit, tool, 40, 5_000, 20, drive(limit, tool, 40, 1, 5));
    expect(limit.limit).toBe(100);
  });

  const shares = fc.array(fc.nat(100), { minLength: 5, maxLength: 60 });
  /** In each window a share of a hundred calls at once are of the slow tool, 10 s, and the others of the quick, 10 ms. */
  const limitAfterMixtures = (slowOnes: readonly number[], [quick, slow] = tools()) => {
    const limit = new AdaptiveLimit(wide);
    let now = 0;
    for (const share of slowOnes) {
      for (let call = 0; call < 100; call++) limit.enter();
      now += 500;
      for (let call = 0; call < 100; call++) {
        const isSlow = call < share;
        limit.leave();
        limit.sample((isSlow ? slow : quick) ?? new ToolLatency(), isSlow ? 10_000 : 10, now);
      }
    }
    return limit.limit;
  };

  test('admits a call of every priority when nothing is in flight, whatever its bounds and its history', () => {
    const history = fc.array(
      fc.tuple(fc.constantFrom(1, 4_000), fc.constantFrom(0, 200), fc.integer({ min: 1, max: 4 })),
    );
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 4, noNaN: true }), history, (min, windows) => {
        let delayMs = 0;
        const limit = new AdaptiveLimit({ initial: min, min, max: 8 }, () => ({ delayMs, utilisation: 0 }));
        const [tool] = tools() as [ToolLatency, ToolLatency];
        let now = 0;
        for (const [tookMs, late, concurrent] of windows) {
          delayMs = late;
          for (let batch = 0; batch < 10; batch++) now = drive(limit, tool, concurrent, tookMs, 1, now);
          for (const priority of priorities) if (!limit.admits(priority)) return false;
        }
        return priorities.every((priority) => limit.admits(priority));
      }),
    );
  });

  test('of one rises again when calls of the usual priority come one at a time', () => {
    const limit = new AdaptiveLimit({ initial: 1, min: 1, max: 4 });
    const tool = new ToolLatency();
    for (let call = 0; call < 1_000; call++) {
      if (!limit.admits('default')) break;
      limit.enter();
      limit.leave();
      limit.sample(tool, 20, call * 100);
    }
    expect(limit.limit).toBeGreaterThan(1.5);
  });

  test('is not lowered by any change in the mixture of quick and slow tools', () => {
    fc.assert(fc.property(shares, (slowOnes) => limitAfterMixtures(slowOnes) > 100));
  });

  test('falls to its minimum and no further when one tool begins to take long, for whatever reason', () => {
    const one = new ToolLatency();
    expect(limitAfterMixtures([...Array(10).fill(0), ...Array(50).fill(100)], [one, one])).toBeLessThan(30);
    expect(limitAfterMixtures([...Array(10).fill(0), ...Array(50).fill(100)], [one, one])).toBeGreaterThanOrEqual(16);
  });
});
