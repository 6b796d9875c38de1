import { getEventListeners } from 'node:events';
import { errorOf, FakeClock, gate, layerHarness, madeUpFacts, testPrincipal } from '@sallyport/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { hardened } from '../hardened.js';
import { timeoutMetaKey } from '../time-allowed.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';
import { deadline } from './deadline.js';

const done: ToolResult = { content: [] };
const ofWrite = { authorize: { access: 'write' } };
const ofPhased = { ...ofWrite, idempotent: { effects: 'phased' } };

test('passes the answer on, and the error, when the handler settles in time', async () => {
  const clock = new FakeClock();
  const problem = new Error('x');
  const answers = [async () => done, () => Promise.reject(problem)];
  const [good, bad] = answers.map((handler) => layerHarness(deadline(1_000, clock), {}, handler));
  expect(await good?.call({})).toBe(done);
  await expect(bad?.call({})).rejects.toBe(problem);
  expect(clock.timers).toBe(0);
});

test('answers TOOL_TIMEOUT at the deadline, not before, and aborts the signal with it', async () => {
  const clock = new FakeClock();
  let signal: AbortSignal | undefined;
  const harness = layerHarness(deadline(2_500, clock), {}, (call) => {
    signal = call.signal;
    return new Promise(() => {});
  });
  let answer: unknown;
  harness.call({}).catch((error: unknown) => (answer = error));
  await clock.advance(2_499);
  expect(answer).toBeUndefined();
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);
  expect(answer).toMatchObject({ code: 'TOOL_TIMEOUT', message: expect.stringContaining('2.5 seconds') });
  expect(signal?.aborted).toBe(true);
  expect(signal?.reason).toBe(answer);
});

test("the tool's own time goes before the default", async () => {
  const clock = new FakeClock();
  const harness = layerHarness(deadline(30_000, clock), { timeoutMs: 100 }, () => new Promise(() => {}));
  const answer = expect(harness.call({})).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
  await clock.advance(100);
  await answer;
});

test.each([
  [400, 400],
  [5_000, 1_000],
  [0, 1_000],
  [-1, 1_000],
  [Number.NaN, 1_000],
  ['400', 1_000],
  [null, 1_000],
  [Number.POSITIVE_INFINITY, 1_000],
])('a client that asks for %s ms gets %s: it may lower the time and not raise it', async (asked, allowed) => {
  const clock = new FakeClock();
  const remaining: number[] = [];
  const harness = layerHarness(deadline(1_000, clock), {}, (call) => {
    remaining.push(call.remainingMs());
    return new Promise(() => {});
  });
  let answered = false;
  harness.call({ meta: { [timeoutMetaKey]: asked } }).catch(() => (answered = true));
  await clock.advance(allowed - 1);
  expect(answered).toBe(false);
  await clock.advance(1);
  expect(answered).toBe(true);
  expect(remaining).toEqual([allowed]);
});

test('remainingMs counts down to 0 and not below', async () => {
  const clock = new FakeClock();
  let remainingMs = () => -1;
  const harness = layerHarness(deadline(100, clock), {}, (call) => {
    remainingMs = call.remainingMs;
    return new Promise(() => {});
  });
  harness.call({}).catch(() => {});
  await clock.advance(30);
  expect(remainingMs()).toBe(70);
  await clock.advance(1_000);
  expect(remainingMs()).toBe(0);
});

test('says of a write that its effect is not known yet, and of a read not', async () => {
  const clock = new FakeClock();
  const slow = () => new Promise<ToolResult>(() => {});
  const write = layerHarness(deadline(10, clock), { policy: ofWrite }, slow).call({});
  const read = layerHarness(deadline(10, clock), { policy: { authorize: { access: 'read' } } }, slow).call({});
  const answers = Promise.allSettled([write, read]);
  await clock.advance(10);
  const [ofTheWrite, ofTheRead] = await answers;
  expect(ofTheWrite).toMatchObject({ reason: { message: expect.stringContaining('not known yet') } });
  expect(ofTheRead).toMatchObject({ reason: { message: expect.stringContaining('Ask for less') } });
});

test('a phased write is answered on time but not aborted', async () => {
  const clock = new FakeClock();
  let signal: AbortSignal | undefined;
  const harness = layerHarness(deadline(10, clock), { policy: ofPhased }, (call) => {
    signal = call.signal;
    return new Promise(() => {});
  });
  const answer = expect(harness.call({})).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
  await clock.advance(10);
  await answer;
  expect(signal?.aborted).toBe(false);
});

describe('an abort', () => {
  const draining = new ToolError('SHUTTING_DOWN', 'This instance is draining.');

  test.each([
    ['by the client is CANCELLED', undefined, { code: 'CANCELLED' }],
    ["with the server's own reason answers that reason", draining, draining],
    ['with any other reason shows nothing of it', new Error('password=hunter2'), { code: 'CANCELLED' }],
  ])('%s, at once, and aborts the handler', async (_, reason, expected) => {
    const clock = new FakeClock();
    const abort = new AbortController();
    let signal: AbortSignal | undefined;
    const harness = layerHarness(deadline(1_000, clock), {}, (call) => {
      signal = call.signal;
      return new Promise(() => {});
    });
    const answer = expect(harness.call({ signal: abort.signal })).rejects.toMatchObject(expected);
    abort.abort(reason);
    await answer;
    expect(signal?.aborted).toBe(true);
    expect(clock.timers).toBe(0);
  });

  test.each([
    [undefined, { code: 'CANCELLED' }],
    [draining, draining],
  ])('before the call has it never run', async (reason, expected) => {
    const handler = vi.fn(async () => done);
    const harness = layerHarness(deadline(), {}, handler);
    await expect(harness.call({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject(expected);
    expect(handler).not.toHaveBeenCalled();
  });

  test("within the handler's first stretch is not missed", async () => {
    const abort = new AbortController();
    const harness = layerHarness(deadline(1_000, new FakeClock()), {}, () => {
      abort.abort();
      return new Promise(() => {});
    });
    await expect(harness.call({ signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('after the answer reaches nobody', async () => {
    const abort = new AbortController();
    let signal: AbortSignal | undefined;
    const harness = layerHarness(deadline(1_000, new FakeClock()), {}, async (call) => {
      signal = call.signal;
      return done;
    });
    await harness.call({ signal: abort.signal });
    abort.abort();
    expect(signal?.aborted).toBe(false);
  });

  test('is seen by a handler that looks at its signal only afterwards', async () => {
    const abort = new AbortController();
    const looked = gate<AbortSignal>();
    const wait = gate();
    const harness = layerHarness(deadline(1_000, new FakeClock()), {}, async (call) => {
      await wait.promise;
      looked.open(call.signal);
      return done;
    });
    const answer = harness.call({ signal: abort.signal }).catch((error: unknown) => error);
    abort.abort(draining);
    await answer;
    wait.open();
    expect((await looked.promise).aborted).toBe(true);
    expect((await looked.promise).reason).toBe(draining);
  });
});

describe('a handler that goes on after its answer', () => {
  const unhandled = vi.fn();
  beforeEach(() => {
    unhandled.mockReset();
    process.on('unhandledRejection', unhandled);
  });
  afterEach(() => {
    process.off('unhandledRejection', unhandled);
  });

  test('may fail late without an unhandled rejection', async () => {
    const clock = new FakeClock();
    const late = gate<ToolResult>();
    const harness = layerHarness(deadline(10, clock), {}, () => late.promise);
    const answer = expect(harness.call({})).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    await clock.advance(10);
    await answer;
    late.fail(new Error('late'));
    await clock.advance(1);
    await clock.advance(1);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('keeps the slot it holds until it settles', async () => {
    const clock = new FakeClock();
    const stack = hardened({ clock, report: () => {}, agentLimits: { concurrent: 1 }, timeoutMs: 1_000 });
    const running = gate<string>();
    let runs = 0;
    const slow = stack.tool({
      name: 'slow',
      description: 'Ignores its signal.',
      access: 'read',
      input: z.object({}),
      handler: () => (runs++ === 0 ? running.promise : 'quick'),
    });
    const call = () => slow.call({ input: {}, auth: testPrincipal() });
    const first = call();
    await clock.advance(1_000);
    expect(errorOf(await first)?.code).toBe('TOOL_TIMEOUT');
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(60_000);
      expect(errorOf(await call())).toMatchObject({
        code: 'RATE_LIMITED',
        limit: '1 calls at once reached for this agent',
      });
    }
    running.open('at last');
    await clock.advance(0);
    expect(await call()).toEqual({ content: [{ type: 'text', text: 'quick' }] });
  });
});

test('after 10,000 cancelled calls no listener and no timer is left', async () => {
  const clock = new FakeClock();
  const harness = layerHarness(deadline(1_000, clock), {}, (call) => {
    return new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
  });
  const aborts = Array.from({ length: 10_000 }, () => new AbortController());
  const calls = aborts.map(({ signal }) => harness.call({ signal }));
  expect(clock.timers).toBe(10_000);
  for (const abort of aborts) abort.abort();
  const ended = await Promise.allSettled(calls);
  expect(ended.every((end) => end.status === 'rejected' && end.reason.code === 'CANCELLED')).toBe(true);
  expect(clock.timers).toBe(0);
  expect(aborts.every(({ signal }) => getEventListeners(signal, 'abort').length === 0)).toBe(true);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5'])(
  'a time of %s is refused at registration',
  (timeoutMs) => {
    const layer = deadline();
    expect(() => layer.policy?.({ ...madeUpFacts(), timeoutMs: timeoutMs as number })).toThrow(/"echo": timeoutMs/);
  },
);

test.each([
  ['a read', {}, {}, true, 'try again later'],
  ['a write with a key', ofWrite, { idempotencyKey: 'k' }, true, 'with the same idempotency key'],
  ['a write without a key', ofWrite, {}, false, 'check the effect before repeating it'],
])('the timeout of %s says whether the call may be repeated', async (_case, policy, key, retryable, advice) => {
  const clock = new FakeClock();
  const harness = layerHarness(deadline(10, clock), { policy }, () => new Promise(() => {}));
  const answer = expect(harness.call(key as object)).rejects.toMatchObject({
    retryable,
    message: expect.stringContaining(advice),
  });
  await clock.advance(10);
  await answer;
});
