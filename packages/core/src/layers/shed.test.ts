import { FakeClock, gate, layerHarness, madeUpFacts, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import type { Principal } from '../principal.js';
import type { Priority } from '../priority.js';
import { createStack } from '../stack.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';
import { authorize } from './authorize.js';
import { deadline } from './deadline.js';
import { type ShedOptions, shed } from './shed.js';

const done: ToolResult = { content: [] };
const ten: ShedOptions = { initialLimit: 10, minLimit: 10, maxLimit: 10 };

/** How many of 20 calls run at once. */
async function running(options: ShedOptions, policy: { priority?: Priority } = {}, over: object = {}) {
  const open = gate<ToolResult>();
  const handler = vi.fn(() => open.promise);
  const harness = layerHarness(shed({ ...ten, ...options }), policy, handler);
  const calls = Array.from({ length: 20 }, () => harness.call({ principal: testPrincipal(), ...over }).catch(() => {}));
  await new Promise((resolve) => setImmediate(resolve));
  open.open(done);
  await Promise.all(calls);
  return handler.mock.calls.length;
}

describe('of a limit of ten', () => {
  test.each<[Priority, number]>([
    ['critical', 10],
    ['default', 8],
    ['batch', 6],
    ['background', 4],
  ])('calls of priority %s may fill %i', async (priority, room) => {
    expect(await running({}, { priority })).toBe(room);
  });

  test('critical calls find room when all others have taken theirs', async () => {
    const open = gate<ToolResult>();
    const layer = shed(ten);
    const [usual, critical] = (['default', 'critical'] as const).map((priority) =>
      layerHarness(layer, { priority }, () => open.promise),
    );
    const call = (harness: typeof usual) => harness?.call({ principal: testPrincipal() }).catch(() => 'shed');
    const crowd = Array.from({ length: 50 }, () => call(usual));
    const chosen = Array.from({ length: 3 }, () => call(critical));
    open.open(done);
    expect((await Promise.all(crowd)).filter((answer) => answer === 'shed')).toHaveLength(42);
    expect(await Promise.all(chosen)).toEqual([done, done, 'shed']);
  });
});

describe('the priority of a call', () => {
  const byPlan = { priorityOf: ({ plan }: Principal): Priority => (plan === 'gold' ? 'critical' : 'batch') };
  const gold = { principal: testPrincipal({ plan: 'gold' }) };
  const asking = (priority: unknown) => ({ meta: { 'dev.sallyport/priority': priority } });

  test('goes on with the call, for what is waited for below', async () => {
    const seen: (Priority | undefined)[] = [];
    const harness = layerHarness(shed(byPlan), {}, async (call) => {
      seen.push(call.priority);
      return done;
    });
    await harness.call(gold);
    await harness.call({ ...gold, ...asking('background') });
    await layerHarness(shed(), {}, async (call) => {
      seen.push(call.priority ?? 'default');
      return done;
    }).call(gold);
    expect(seen).toEqual(['critical', 'background', 'default']);
  });

  test('is default when nobody says anything', async () => {
    expect(await running({})).toBe(8);
  });

  test("is the plan's when the tool says nothing, and the tool's when plans say nothing", async () => {
    expect(await running(byPlan, {}, gold)).toBe(10);
    expect(await running({}, { priority: 'background' })).toBe(4);
  });

  test('is the lower of the two when both say something', async () => {
    expect(await running(byPlan, { priority: 'background' }, gold)).toBe(4);
    expect(await running(byPlan, { priority: 'critical' })).toBe(6);
  });

  test('can be lowered by a client and not raised', async () => {
    expect(await running({}, {}, asking('background'))).toBe(4);
    expect(await running({}, {}, asking('critical'))).toBe(8);
    expect(await running(byPlan, {}, asking('critical'))).toBe(6);
  });

  test.each(['urgent', 1, null, {}, ['background']])('is not changed by %j', async (asked) => {
    expect(await running({}, {}, asking(asked))).toBe(8);
  });

  test('is asked of the plan once per principal object', async () => {
    const priorityOf = vi.fn(byPlan.priorityOf);
    await running({ priorityOf }, {}, gold);
    expect(priorityOf).toHaveBeenCalledTimes(1);
  });

  test('that no plan has fails the call: an unknown plan is no licence', async () => {
    const harness = layerHarness(shed({ priorityOf: () => 'urgent' as Priority }), {});
    await expect(harness.call({ principal: testPrincipal() })).rejects.toThrow(RangeError);
  });
});

test('a shed call is OVERLOADED with a time to wait that grows with unimportance and differs from call to call', async () => {
  const waits: Record<string, number[]> = {};
  for (const priority of ['default', 'batch'] as const) {
    const open = gate<ToolResult>();
    const harness = layerHarness(shed(ten), { priority }, () => open.promise);
    for (let call = 0; call < 60; call++) {
      harness.call({ principal: testPrincipal() }).catch((error: ToolError) => {
        expect(error).toMatchObject({ code: 'OVERLOADED', retryable: true });
        waits[priority] = [...(waits[priority] ?? []), error.retryAfterMs ?? 0];
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [usual = [], batch = []] = [waits.default, waits.batch];
  expect(Math.min(...usual)).toBeGreaterThanOrEqual(2_000);
  expect(Math.max(...usual)).toBeLessThanOrEqual(4_000);
  expect(Math.min(...batch)).toBeGreaterThanOrEqual(4_000);
  expect(new Set(usual).size).toBeGreaterThan(20);
});

test('a call is in flight until its handler settles, not until it is answered', async () => {
  const clock = new FakeClock();
  const layer = shed({ ...ten, clock });
  const late = gate<ToolResult>();
  const stack = createStack({ report: () => {} })
    .use(authorize())
    .use(layer)
    .use(deadline(100, clock));
  const tool = stack.wrap({ name: 'deaf', kind: 'tool', access: 'read' }, () => late.promise);
  const answer = tool.call({ input: {}, auth: testPrincipal() });
  const inFlight = () => layer.measures?.().find(({ name }) => name === 'in_flight')?.value;
  await clock.advance(100);
  await answer;
  expect(inFlight()).toBe(1);
  late.open(done);
  await clock.advance(0);
  expect(inFlight()).toBe(0);
});

test.each<[string, () => Promise<ToolResult>]>([
  ['answers', async () => done],
  ['rejects', () => Promise.reject(new Error('x'))],
  [
    'throws before there is a promise',
    () => {
      throw new Error('x');
    },
  ],
])('a handler that %s leaves the room it took', async (_, handler) => {
  const layer = shed(ten);
  const harness = layerHarness(layer, {}, handler);
  for (let call = 0; call < 100; call++) await harness.call({ principal: testPrincipal() }).catch(() => {});
  expect(layer.measures?.().find(({ name }) => name === 'in_flight')?.value).toBe(0);
});

describe('the limit', () => {
  /** Windows of 100 calls at once that each end as `end` says. */
  async function limitAfter(end: (window: number) => { ms: number; error?: ToolError }, options: ShedOptions = {}) {
    const clock = new FakeClock();
    const layer = shed({ initialLimit: 130, clock, ...options });
    let window = 0;
    const harness = layerHarness(layer, { policy: { deadline: { timeoutMs: 5_000 } } }, async () => {
      const { ms, error } = end(window);
      await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
      if (error !== undefined) throw error;
      return done;
    });
    for (; window < 20; window++) {
      const calls = Array.from({ length: 100 }, () => harness.call({ principal: testPrincipal() }).catch(() => {}));
      await clock.advance(5_000);
      await Promise.all(calls);
    }
    return layer.measures?.().find(({ name }) => name === 'limit')?.value ?? 0;
  }
  const quickThen = (then: { ms: number; error?: ToolError }) => (window: number) => (window < 5 ? { ms: 20 } : then);

  test('falls when answers take longer than usual, and when the own time of a tool runs out', async () => {
    expect(await limitAfter(quickThen({ ms: 2_000 }))).toBeLessThan(100);
    const error = new ToolError('TOOL_TIMEOUT', 'Late.');
    expect(await limitAfter(quickThen({ ms: 5_000, error }))).toBeLessThan(100);
  });

  test('does not fall when callers turn from a quick tool to a slow one, or use both: each is compared with itself', async () => {
    const clock = new FakeClock();
    const layer = shed({ initialLimit: 130, clock });
    const harnesses = [10, 10_000].map((ms) =>
      layerHarness(layer, {}, async () => {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
        return done;
      }),
    );
    for (const slowOnes of [0, 0, 0, 50, 100, 100, 100, 100, 50, 10, 90, 100]) {
      const calls = Array.from({ length: 100 }, (_, call) =>
        harnesses[call < slowOnes ? 1 : 0]?.call({ principal: testPrincipal() }).catch(() => {}),
      );
      await clock.advance(10_000);
      await Promise.all(calls);
    }
    expect(layer.measures?.().find(({ name }) => name === 'limit')?.value).toBeGreaterThan(130);
  });

  test.each(['TOOL_TIMEOUT', 'RATE_LIMITED', 'CANCELLED'] as const)(
    'does not follow calls that end early with %s: a client cannot make the usual look slow',
    async (code) => {
      const end = (window: number) =>
        window % 2 === 0 ? { ms: 1, error: new ToolError(code, 'Early.') } : { ms: 900 };
      expect(await limitAfter(end)).toBeGreaterThan(130);
    },
  );

  test('falls while the runtime says that it is late', async () => {
    expect(await limitAfter(() => ({ ms: 20 }), { load: () => ({ delayMs: 150, utilisation: 0.3 }) })).toBeLessThan(
      100,
    );
    expect(await limitAfter(() => ({ ms: 20 }), { load: () => ({ delayMs: 5, utilisation: 0.99 }) })).toBeLessThan(100);
  });
});

test('a shed call costs at most 0.2 ms', async () => {
  const open = gate<ToolResult>();
  const harness = layerHarness(shed(ten), {}, () => open.promise);
  const principal = testPrincipal();
  for (let call = 0; call < 8; call++) void harness.call({ principal });
  const before = process.cpuUsage();
  for (let call = 0; call < 5_000; call++) await harness.call({ principal }).catch(() => {});
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 5_000).toBeLessThan(200);
  open.open(done);
});

describe('what cannot work is refused:', () => {
  test('a priority that is none, at registration', () => {
    expect(() => shed().policy?.({ ...madeUpFacts(), priority: 'urgent' as Priority })).toThrow(/"echo": priority/);
  });

  test.each<[object, string]>([
    [{ minLimit: 0 }, 'minLimit'],
    [{ initialLimit: 5 }, 'initialLimit'],
    [{ maxLimit: 400 }, 'maxLimit'],
    [{ maxLimit: Number.POSITIVE_INFINITY }, 'maxLimit'],
    [{ priorityOf: 'plan' }, 'priorityOf'],
    [{ load: {} }, 'load'],
  ])('%o', (options, name) => {
    expect(() => shed(options as ShedOptions)).toThrow(name);
  });
});
