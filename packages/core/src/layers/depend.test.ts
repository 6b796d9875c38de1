import { errorOf, FakeClock, gate, layerHarness, madeUpFacts, randomFrom, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { DependencyOptions } from '../dependency.js';
import { hardened } from '../hardened.js';
import type { Handler, Layer } from '../layer.js';
import { createStack } from '../stack.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';
import type { Work } from '../work.js';
import { deadline, type WithDeadline } from './deadline.js';
import { type DependPolicy, depend } from './depend.js';

const done: ToolResult = { content: [] };
const small = { minimumCalls: 2, openMs: 500, probes: 1, slowMs: 100 };
const unavailable = { code: 'DEPENDENCY_UNAVAILABLE' };

function guarded(handler: Handler, options: DependencyOptions = small) {
  const clock = new FakeClock();
  const layer = depend({ dependencies: { db: options }, clock, random: () => 0 });
  const harness = layerHarness(layer, { depends: 'db' }, handler);
  const isOpen = () => layer.measures?.().find(({ name }) => name === 'breaker_open')?.value;
  return { clock, layer, isOpen, call: (over = {}) => harness.call(over) };
}

const repeat = async (times: number, call: () => Promise<unknown>) => {
  for (let time = 0; time < times; time++) await call().catch(() => {});
};

describe('a breaker', () => {
  test('refuses at once while it is open, says for how long, and lets a probe through after it', async () => {
    let works = false;
    const handler = vi.fn(async () => {
      if (!works) throw new Error('ECONNREFUSED');
      return done;
    });
    const { clock, call } = guarded(handler);
    await repeat(2, call);
    await clock.advance(200);
    await expect(call()).rejects.toMatchObject({ ...unavailable, message: 'db does not work now.', retryAfterMs: 300 });
    expect(handler).toHaveBeenCalledTimes(2);
    works = true;
    await clock.advance(300);
    await expect(call()).resolves.toBe(done);
    await expect(call()).resolves.toBe(done);
  });

  test.each<[string, unknown]>([
    ['an error of the handler', new Error('ECONNREFUSED')],
    ['a thrown text', 'down'],
    ['DEPENDENCY_UNAVAILABLE', new ToolError('DEPENDENCY_UNAVAILABLE', 'Down.')],
    ['OVERLOADED', new ToolError('OVERLOADED', 'Busy.')],
    ['OUTCOME_UNKNOWN', new ToolError('OUTCOME_UNKNOWN', 'Who knows.')],
  ])('counts %s as a failure', async (_, error) => {
    const { call, isOpen } = guarded(() => Promise.reject(error));
    await repeat(2, call);
    expect(isOpen()).toBe(1);
  });

  test.each<[string, unknown]>([
    ...(
      ['INVALID_INPUT', 'RATE_LIMITED', 'TENANT_FORBIDDEN', 'CANCELLED', 'SHUTTING_DOWN', 'OUTPUT_TOO_LARGE'] as const
    ).map((code): [string, unknown] => [code, new ToolError(code, 'No.')]),
    ['"open this URL first"', Object.assign(new Error('url'), { code: -32042 })],
  ])('does not count %s', async (_, error) => {
    const { call, isOpen } = guarded(() => Promise.reject(error));
    await repeat(20, call);
    expect(isOpen()).toBe(0);
  });

  test('does not count what a call that was cancelled throws', async () => {
    const { call, isOpen } = guarded(() => Promise.reject(new Error('aborted')));
    await repeat(20, () => call({ signal: AbortSignal.abort() }));
    expect(isOpen()).toBe(0);
  });

  test.each([
    ['answered', () => done],
    ['was cancelled', () => Promise.reject(new ToolError('CANCELLED', 'Gone.'))],
  ])('counts as slow what took long, also when it %s', async (_, end) => {
    const { clock, call, isOpen } = guarded(async () => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
      return end();
    });
    await repeat(2, async () => {
      const answer = call().catch(() => {});
      await clock.advance(100);
      await answer;
    });
    expect(isOpen()).toBe(1);
  });

  test.each([
    [{}, 1],
    [{ 'dev.sallyport/timeoutMs': 5 }, 0],
  ])('is opened by timeouts of the tool, not by those a client asks for: %j', async (meta, expected) => {
    const clock = new FakeClock();
    const guard = depend({ dependencies: { db: { minimumCalls: 2 } }, clock });
    const stack = createStack({ report: () => {} })
      .use(guard)
      .use(deadline(1_000, clock));
    const tool = stack.wrap({ name: 'hang', kind: 'tool', depends: 'db' }, () => new Promise(() => {}));
    for (let call = 0; call < 5; call++) {
      const answer = tool.call({ input: {}, meta });
      await clock.advance(1_000);
      await answer;
    }
    expect(guard.measures?.()[0]).toMatchObject({ name: 'breaker_open', value: expected });
  });

  test.each(['DEPENDENCY_UNAVAILABLE', 'OVERLOADED', 'OUTCOME_UNKNOWN', 'INTERNAL'] as const)(
    'is not opened by %s of calls to which a client gave less than the time of the tool, however much less',
    async (code) => {
      const layer = depend({ dependencies: { db: small } });
      const failing = layerHarness(layer, { depends: 'db', policy: { deadline: { timeoutMs: 1_000 } } }, () =>
        Promise.reject(new ToolError(code, 'No.')),
      );
      const isOpen = () => layer.measures?.()[0]?.value;
      for (const timeoutMs of [1, 40, 999])
        await repeat(20, () => failing.call({ meta: { 'dev.sallyport/timeoutMs': timeoutMs } }));
      expect(isOpen()).toBe(0);
      await repeat(2, () => failing.call({ meta: { 'dev.sallyport/timeoutMs': 1_000 } }));
      expect(isOpen()).toBe(1);
    },
  );

  test.each([
    [700, 1],
    [100, 0],
  ])(
    'is opened by timeouts after most of the time, not after what others left of it: %i of 1,000 ms',
    async (left, open) => {
      const clock = new FakeClock();
      const claiming: Layer<unknown, WithDeadline> = {
        name: 'claim',
        wrap: (next) => (call) => next({ ...call, remainingMs: () => left }),
      };
      const guard = depend({ dependencies: { db: { minimumCalls: 2 } }, clock });
      const stack = createStack({ report: () => {} })
        .use(claiming)
        .use(guard)
        .use(deadline(1_000, clock));
      const tool = stack.wrap({ name: 'hang', kind: 'tool', depends: 'db' }, () => new Promise(() => {}));
      for (let call = 0; call < 5; call++) {
        const answer = tool.call({ input: {} });
        await clock.advance(left);
        await answer;
      }
      expect(guard.measures?.()[0]).toMatchObject({ name: 'breaker_open', value: open });
    },
  );

  test('that is open says by the clock when it would let a probe through, also when nobody asks', async () => {
    const { clock, call, isOpen } = guarded(() => Promise.reject(new Error('down')));
    await repeat(2, call);
    await clock.advance(499);
    expect(isOpen()).toBe(1);
    await clock.advance(1);
    expect(isOpen()).toBe(0.5);
    await clock.advance(8 * 3_600_000);
    expect(isOpen()).toBe(0.5);
  });

  test('is one for all tools that name the dependency, and another for each dependency', async () => {
    const layer = depend({ dependencies: { db: small, mail: small } });
    const failing = layerHarness(layer, { depends: 'db' }, () => Promise.reject(new Error('down')));
    const sameDependency = layerHarness(layer, { depends: 'db', name: 'other' });
    const another = layerHarness(layer, { depends: 'mail' });
    await repeat(2, () => failing.call({}));
    await expect(sameDependency.call({})).rejects.toMatchObject(unavailable);
    await expect(another.call({})).resolves.toEqual(done);
  });

  test('spreads the waits by a quarter, never below what is needed', async () => {
    const clock = new FakeClock();
    const layer = depend({ dependencies: { db: small }, clock, random: randomFrom(1) });
    const harness = layerHarness(layer, { depends: 'db' }, () => Promise.reject(new Error('down')));
    await repeat(2, () => harness.call({}));
    const waits = await Promise.all(
      Array.from({ length: 100 }, () =>
        harness.call({}).then(
          () => 0,
          ({ retryAfterMs }) => retryAfterMs as number,
        ),
      ),
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(625);
    expect(new Set(waits).size).toBeGreaterThan(50);
  });
});

test('over 1,000 cycles of a dependency that hangs, never more than the probes run, and all others are refused at once', async () => {
  const clock = new FakeClock();
  let running = 0;
  let most = 0;
  const guard = depend({ dependencies: { db: { minimumCalls: 5, openMs: 1_000, probes: 2 } }, clock, random: () => 0 });
  const stack = createStack({ report: () => {} })
    .use(guard)
    .use(deadline(100, clock));
  const tool = stack.wrap({ name: 'hang', kind: 'tool', depends: 'db' }, ({ signal }) => {
    most = Math.max(most, ++running);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        running--;
        reject(signal.reason);
      });
    });
  });
  const call = () => tool.call({ input: {} });
  const opening = Promise.all(Array.from({ length: 5 }, call));
  await clock.advance(100);
  await opening;
  let refused = 0;
  most = 0;
  for (let cycle = 0; cycle < 1_000; cycle++) {
    await clock.advance(1_000);
    // The clock stands still: who has an answer now was not made to wait.
    const answers = Array.from({ length: 10 }, call);
    const probes = answers.slice(0, 2);
    const others = await Promise.all(answers.slice(2));
    refused += others.filter((answer) => errorOf(answer)?.code === 'DEPENDENCY_UNAVAILABLE').length;
    await clock.advance(100);
    await Promise.all(probes);
  }
  expect(most).toBe(2);
  expect(refused).toBe(8_000);
});

test('while a dependency hangs, 99 of 100 calls are refused within 5 ms of real time', async () => {
  const stack = createStack({ report: () => {} })
    .use(depend({ dependencies: { db: { minimumCalls: 5, openMs: 600_000 } } }))
    .use(deadline(10));
  const tool = stack.wrap({ name: 'hang', kind: 'tool', depends: 'db' }, () => new Promise(() => {}));
  await Promise.all(Array.from({ length: 5 }, () => tool.call({ input: {} })));
  const tookMs: number[] = [];
  for (let n = 0; n < 10_000; n++) {
    const began = performance.now();
    expect(errorOf(await tool.call({ input: {} }))?.code).toBe('DEPENDENCY_UNAVAILABLE');
    tookMs.push(performance.now() - began);
  }
  expect(tookMs.filter((ms) => ms < 5).length).toBeGreaterThanOrEqual(9_900);
});

describe('a bulkhead', () => {
  /** Handlers that ignore their signal and run for 0 to 3 seconds behind a deadline of one; gives the most that ran at once. */
  async function mostRunning(handedOver: (call: { readonly work: Work }) => void): Promise<number> {
    const clock = new FakeClock();
    const random = randomFrom(7);
    let running = 0;
    let most = 0;
    const guard = depend({ dependencies: { db: { maxConcurrent: 5, minimumCalls: 1_000_000 } }, clock });
    const stack = createStack({ report: () => {} })
      .use(guard)
      .use(deadline(1_000, clock));
    const tool = stack.wrap({ name: 'deaf', kind: 'tool', depends: 'db' }, async (call) => {
      handedOver(call);
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => clock.setTimeout(resolve, random() * 3_000));
      running--;
      return done;
    });
    const answers: Promise<ToolResult>[] = [];
    for (let call = 0; call < 500; call++) {
      answers.push(tool.call({ input: {} }));
      await clock.advance(random() * 100);
    }
    await clock.advance(3_000);
    await Promise.all(answers);
    expect(running).toBe(0);
    expect(guard.measures?.()).toContainEqual(expect.objectContaining({ name: 'in_use', value: 0 }));
    return most;
  }

  test('never lets more handlers run than it holds, also when they ignore their deadline', async () => {
    expect(await mostRunning(() => {})).toBe(5);
  });

  test('that gave slots back with the answer would let more run', async () => {
    const most = await mostRunning(({ work }) => {
      work.whenSettled = (release) => release();
    });
    expect(most).toBeGreaterThan(5);
  });

  test('that is full refuses at once with a time to wait, and nobody queues', async () => {
    const open = gate<ToolResult>();
    const { call } = guarded(() => open.promise, { maxConcurrent: 1 });
    const first = call();
    await expect(call()).rejects.toMatchObject({
      ...unavailable,
      message: 'db is at its limit of calls at once.',
      retryAfterMs: 1_000,
    });
    open.open(done);
    await first;
    await expect(call()).resolves.toBe(done);
  });
});

describe('in the shipped stack', () => {
  const write = {
    name: 'pay',
    description: 'Pays.',
    access: 'write',
    effects: 'phased',
    depends: 'bank',
    input: z.object({}),
  } as const;
  const opened = { dependencies: { bank: { minimumCalls: 1, openMs: 1_000 } } };

  test('a result is replayed while the dependency is down', async () => {
    const clock = new FakeClock();
    const stack = hardened({ clock, report: () => {}, ...opened });
    const pay = stack.tool({ ...write, handler: () => 'paid' });
    const fail = stack.tool({ ...write, name: 'fail', handler: () => Promise.reject(new Error('down')) });
    const request = { input: { idempotency_key: 'k' }, auth: testPrincipal() };
    await pay.call(request);
    await fail.call(request);
    expect(errorOf(await pay.call({ ...request, input: {} }))?.code).toBe('DEPENDENCY_UNAVAILABLE');
    expect(await pay.call(request)).toMatchObject({ content: [{ text: 'paid' }] });
  });

  test('a write that was refused keeps no key', async () => {
    const clock = new FakeClock();
    const stack = hardened({ clock, report: () => {}, ...opened });
    const handler = vi.fn(() => 'paid');
    const pay = stack.tool({ ...write, handler });
    const fail = stack.tool({ ...write, name: 'fail', handler: () => Promise.reject(new Error('down')) });
    const request = { input: { idempotency_key: 'k' }, auth: testPrincipal() };
    await fail.call(request);
    expect(errorOf(await pay.call(request))?.code).toBe('DEPENDENCY_UNAVAILABLE');
    expect(handler).not.toHaveBeenCalled();
    await clock.advance(1_000);
    expect(await pay.call(request)).toMatchObject({ content: [{ text: 'paid' }] });
  });

  test('a write of which nobody knows is not run again because asking about it was refused', async () => {
    const clock = new FakeClock();
    const stack = hardened({ clock, report: () => {}, ...opened });
    let effects = 0;
    const pay = stack.tool({
      ...write,
      handler: () => {
        effects++;
        return Promise.reject(new Error('the connection was cut after the payment'));
      },
      reconcile: () => 'paid',
    });
    const request = { input: { idempotency_key: 'k' }, auth: testPrincipal() };
    await pay.call(request);
    expect(errorOf(await pay.call(request))).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: true });
    await clock.advance(1_000);
    expect(await pay.call(request)).toMatchObject({ content: [{ text: 'paid' }] });
    expect(effects).toBe(1);
  });
});

describe('what cannot hold is refused at registration:', () => {
  const declare = (policy: object, options?: Parameters<typeof depend>[0]) =>
    depend(options).policy?.({ ...madeUpFacts(), ...policy } as never);

  test.each([7, '', 'two words', 'x'.repeat(65)])('depends: %j', (depends) => {
    expect(() => declare({ depends })).toThrow(expect.objectContaining({ name: 'PolicyError', field: 'depends' }));
  });

  test('a dependency that is none of those that are configured', () => {
    expect(() => declare({ depends: 'warehose' }, { dependencies: { warehouse: {} } })).toThrow(
      'depends names "warehose", which is none of warehouse',
    );
  });

  test.each<[object, string]>([
    [{ maxConcurrent: 0 }, 'maxConcurrent'],
    [{ maxConcurrent: 1.5 }, 'maxConcurrent'],
    [{ failureRate: 1.1 }, 'failureRate'],
    [{ slowRate: Number.NaN }, 'slowRate'],
    [{ openMs: '5' }, 'openMs'],
    [{ timeoutMs: 5 }, 'timeoutMs'],
  ])('%o', (wrong, field) => {
    expect(() => depend({ dependencies: { db: wrong as DependencyOptions } })).toThrow(field);
  });

  test('a tool that names nothing is not wrapped', () => {
    const next = async () => done;
    const layer = depend();
    expect(layer.wrap(next, madeUpFacts() as ReturnType<typeof madeUpFacts> & DependPolicy)).toBe(next);
    expect(declare({})).toBeUndefined();
  });
});
