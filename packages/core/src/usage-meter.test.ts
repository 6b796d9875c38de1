import { FakeClock, gate, testPrincipal } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { UsageModel, usageSteps, type Weather, weathered } from '../test-rig/usage-model.js';
import { memoryUsage } from './stores/memory-usage.js';
import { type UsageFailure, UsageMeter, type UsageMeterOptions } from './usage-meter.js';
import type { UsageBatch, UsageStore } from './usage-store.js';

const day = '2026-11-26';
const took = { calls: 1, handlerMs: 5, inputTokens: 2, outputTokens: 3, cost: 1 };
const noon = () => Date.parse(`${day}T12:00:00Z`);

function metered(options: UsageMeterOptions = {}, over: Partial<UsageStore> = {}) {
  const clock = new FakeClock();
  const kept = memoryUsage({ utcNow: noon });
  const sky: { weather: Weather } = { weather: 'keeps' };
  const store = weathered({ ...kept, ...over }, sky);
  const record = vi.spyOn(store, 'record');
  const failures: UsageFailure[] = [];
  const meter = new UsageMeter(store, {
    clock,
    utcNow: noon,
    onFailure: (failure) => failures.push(failure),
    ...options,
  });
  const agents = () => kept.read({ from: day, to: day, by: 'agent', top: 1_000 });
  return { clock, kept, sky, record, meter, failures, agents };
}

test('many calls are one batch, a second later, and nothing runs while nothing is called', async () => {
  const { clock, record, meter, agents } = metered();
  const [echo, list] = [meter.tool('echo'), meter.tool('list')];
  const [one, two] = [testPrincipal(), testPrincipal({ subject: 'agent-2' })];
  for (let call = 0; call < 500; call++) (call % 5 === 0 ? list : echo)(call % 2 === 0 ? one : two, took);
  expect(clock.timers).toBe(1);
  await clock.advance(999);
  expect(record).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(record).toHaveBeenCalledTimes(1);
  expect(clock.timers).toBe(0);
  expect((await agents()).map(({ agent, calls, cost }) => [agent, calls, cost])).toEqual([
    ['agent-1', 250, 250],
    ['agent-2', 250, 250],
  ]);
});

test('an agent is counted under its name, whichever token it shows; a caller without a tenant under that of the server', async () => {
  const { meter, agents } = metered();
  const echo = meter.tool('echo', 'only');
  for (let call = 0; call < 3; call++) echo(testPrincipal({ tokenId: `${call}` }), took);
  const { tenant: _, ...rest } = testPrincipal();
  echo(rest, took);
  echo(undefined, took);
  await meter.flush();
  expect((await agents()).map(({ tenant, agent, calls }) => [tenant, agent, calls])).toEqual([
    ['acme', 'agent-1', 3],
    ['only', '', 1],
    ['only', 'agent-1', 1],
  ]);
});

test('whatever the store does, everything that was counted is recorded exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(usageSteps, async (steps) => {
      const { clock, kept, sky, meter } = metered();
      const tools = new Map(['x', 'y', 'z'].map((name) => [name, meter.tool(name)]));
      const model = new UsageModel();
      const real = { meter, tools, sky, advance: (ms: number) => clock.advance(ms) };
      await fc.asyncModelRun(() => ({ model, real }), steps);
      sky.weather = 'keeps';
      await clock.advance(1_000);
      await meter.close();
      const asked = { from: day, to: day, by: 'tool' } as const;
      for (const { tool, calls } of await kept.read(asked)) {
        const own = [...model.counted].filter(([key]) => key.endsWith(` ${tool}`));
        expect(calls).toBe(own.reduce((sum, [, count]) => sum + count, 0));
      }
      const all = [...model.counted.values()].reduce((sum, count) => sum + count, 0);
      expect((await kept.read({ ...asked, by: 'tenant' }))[0]?.calls ?? 0).toBe(all);
    }),
    { numRuns: 300 },
  );
});

let resent = 0;
test.each<[bug: string, wrong: (batch: UsageBatch) => UsageBatch]>([
  ['a batch that is sent again has another number', (batch) => ({ ...batch, number: ++resent })],
  ['every batch has one number', (batch) => ({ ...batch, number: 1 })],
])('the test of that finds a seeded bug: %s', async (_, wrong) => {
  const kept = memoryUsage({ utcNow: noon });
  const { meter, sky } = metered({}, { record: (batch) => kept.record(wrong(batch)) });
  const echo = meter.tool('echo');
  for (const weather of ['keeps and is cut off', 'keeps', 'keeps'] as const) {
    sky.weather = weather;
    echo(testPrincipal(), took);
    await meter.flush();
  }
  expect((await kept.read({ from: day, to: day, by: 'tenant' }))[0]?.calls).not.toBe(3);
});

describe('a store that fails', () => {
  test('is asked again each second, is told of once, and has it all when it is back', async () => {
    const { clock, sky, meter, record, failures, agents } = metered();
    const echo = meter.tool('echo');
    sky.weather = 'fails';
    for (let second = 0; second < 10; second++) {
      echo(testPrincipal(), took);
      await clock.advance(1_000);
    }
    expect(record.mock.calls.length).toBeGreaterThanOrEqual(9);
    expect(failures).toEqual([{ cause: new Error('the store is away'), calls: 1, isLost: false }]);
    sky.weather = 'keeps';
    await clock.advance(1_000);
    expect((await agents())[0]?.calls).toBe(10);
    expect(clock.timers).toBe(0);
  });

  test('does not make what waits grow without end: rows beyond the bound are counted under *', async () => {
    const { clock, sky, meter, agents } = metered({ maxRows: 10 });
    const echo = meter.tool('echo');
    sky.weather = 'fails';
    for (let agent = 0; agent < 500; agent++) {
      echo(testPrincipal({ subject: `${agent}` }), took);
      if (agent % 50 === 0) await clock.advance(1_000);
    }
    sky.weather = 'keeps';
    await meter.close();
    const rows = await agents();
    expect(rows.length).toBeLessThanOrEqual(12);
    expect(rows[0]).toMatchObject({ tenant: '*', agent: '*' });
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(500);
  });

  test('to the end loses what waits, and that is said', async () => {
    const { sky, meter, failures, clock } = metered();
    const echo = meter.tool('echo');
    sky.weather = 'fails';
    for (let call = 0; call < 3; call++) echo(testPrincipal(), took);
    await meter.close();
    expect(failures).toMatchObject([{ isLost: false }, { isLost: true, calls: 3 }]);
    expect(clock.timers).toBe(0);
  });
});

test('one batch is sent at a time, whatever asks for it meanwhile', async () => {
  const open = gate<void>();
  const sent: UsageBatch[] = [];
  const { meter } = metered(
    {},
    {
      async record(batch) {
        sent.push(batch);
        await open.promise;
      },
    },
  );
  const echo = meter.tool('echo');
  echo(testPrincipal(), took);
  const flushes = [meter.flush(), meter.flush()];
  echo(testPrincipal(), took);
  flushes.push(meter.flush(), meter.close());
  expect(sent).toHaveLength(1);
  open.open();
  await Promise.all(flushes);
  expect(sent.map(({ number }) => number)).toEqual([1, 2]);
  expect(new Set(sent.map(({ source }) => source)).size).toBe(1);
});

test('a large batch is sent in parts of a thousand rows', async () => {
  const { meter, record, agents } = metered();
  const echo = meter.tool('echo');
  for (let agent = 0; agent < 2_500; agent++) echo(testPrincipal({ subject: `${agent}` }), took);
  await meter.flush();
  expect(record.mock.calls.map(([{ entries }]) => entries.length)).toEqual([1_000, 1_000, 500]);
  expect(await agents()).toHaveLength(1_000);
});

test('days are kept apart, and what waits keeps the day it was counted on', async () => {
  let now = Date.parse('2026-11-26T23:59:59.500Z');
  const { clock, sky, meter, record } = metered({ utcNow: () => now });
  const echo = meter.tool('echo');
  sky.weather = 'fails';
  echo(testPrincipal(), took);
  await clock.advance(1_000);
  now += 1_000;
  echo(testPrincipal(), took);
  await clock.advance(1_000);
  sky.weather = 'keeps';
  await meter.close();
  expect(record.mock.calls.slice(-2).map(([batch]) => batch.day)).toEqual(['2026-11-26', '2026-11-27']);
});

test('names and numbers that no store could keep hold up nobody', async () => {
  const { meter, agents } = metered();
  const echo = meter.tool('echo');
  echo(testPrincipal({ subject: 'nul \0' }), took);
  echo(testPrincipal({ subject: '\ud800 half' }), took);
  echo(testPrincipal({ subject: 'x'.repeat(100_000) }), took);
  const odd = testPrincipal({ subject: 'odd' });
  for (const cost of [1, Number.NaN, Number.POSITIVE_INFINITY, 2]) echo(odd, { ...took, cost });
  await meter.flush();
  const rows = await agents();
  expect(rows.find(({ agent }) => agent === 'odd')).toMatchObject({ calls: 4, cost: 3 });
  expect(rows.map(({ agent }) => agent?.length).sort()).toEqual([200, 3, 5, 6]);
  expect(rows.some(({ agent }) => /[\0\ud800]/.test(agent ?? ''))).toBe(false);
});
