import { errorOf, FakeClock, gate, testPrincipal } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type HardenedCall, hardened } from './hardened.js';
import { idempotencyMetaKey } from './idempotency-key.js';
import type { Effects, IdempotencyStore } from './idempotency-store.js';
import { memoryAdmission } from './stores/memory-admission.js';
import { memoryIdempotency } from './stores/memory-idempotency.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

const deadlineMs = 1_000;
const auth = testPrincipal();
const paid = { content: [{ type: 'text', text: 'paid' }] };
const replayed = { ...paid, _meta: { 'dev.sallyport/replayed': true } };

/** How long each step takes, in milliseconds; what is not said is done at once. `end` is the settling, COMMIT or ROLLBACK. */
interface Steps {
  readonly claim?: number;
  readonly handler?: number;
  readonly end?: number;
}

/** A store, of all three kinds of effect, whose steps take as long as they are told to. */
function slowStore(clock: FakeClock, steps: Steps) {
  const memory = memoryIdempotency({ clock });
  const results = new Map<string, string>();
  const running = new Set<string>();
  let asked = gate();
  const takes = async (step: keyof Steps): Promise<void> => {
    const ms = steps[step] ?? 0;
    if (ms > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
  };
  const store: IdempotencyStore = {
    effects: ['natural', 'phased', 'transactional'],
    async claim(request) {
      asked.open();
      await takes('claim');
      return memory.claim(request);
    },
    renew: memory.renew,
    settle: (held, result) => takes('end').then(() => memory.settle(held, result)),
    release: (held) => takes('end').then(() => memory.release(held)),
    abandon: (held) => takes('end').then(() => memory.abandon(held)),
    async transact(_call, request, run) {
      asked.open();
      const key = request?.key ?? 'none';
      const result = results.get(key);
      if (result !== undefined) return { state: 'settled', result };
      if (running.has(key)) return { state: 'in-progress', retryAfterMs: 1_000 };
      running.add(key);
      await takes('claim');
      const end = await run('tx', 1);
      await takes('end');
      running.delete(key);
      if (end.save === 'effect and result') effects.push(key);
      if (end.save !== 'nothing') results.set(key, end.result);
      return { state: 'claimed', token: 1 };
    },
  };
  const effects: string[] = [];
  const isAsked = () => {
    asked = gate();
    return asked.promise;
  };
  return { store, effects, isAsked };
}

/** A write on it, and what its callers see; `effects` counts those that happened. */
function write(kind: Effects, steps: Steps, fails?: () => unknown, concurrent = 100) {
  const clock = new FakeClock(0);
  const { store, effects, isAsked } = slowStore(clock, steps);
  const left: number[] = [];
  const tool = hardened({
    clock,
    idempotency: store,
    agentLimits: { concurrent },
    timeoutMs: deadlineMs,
    report: () => {},
  }).tool({
    name: 'pay',
    description: 'Pays.',
    access: 'write',
    effects: kind,
    input: z.object({}),
    async handler(_input, call: HardenedCall) {
      left.push(call.remainingMs());
      const { handler = 0 } = steps;
      if (handler > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, handler));
      if (fails !== undefined) throw fails();
      if (kind !== 'transactional') effects.push('k');
      return 'paid';
    },
  });
  /** The answer, and at which time it came. */
  const call = async ({ key = 'k', signal }: { key?: string | null; signal?: AbortSignal } = {}) => {
    const meta = key === null ? {} : { [idempotencyMetaKey]: key };
    const begun = clock.now();
    const isOn = isAsked();
    const answer: { result?: ToolResult; at?: number } = {};
    const done = tool.call({ auth, input: {}, meta, ...(signal && { signal }) }).then((result) => {
      answer.result = result;
      answer.at = clock.now() - begun;
    });
    // Keys are hashed on a thread of its own, whose time is not the clock's.
    await Promise.race([isOn, done]);
    return answer;
  };
  return { clock, call, effects, left };
}

const codeOf = ({ result }: { result?: ToolResult }) =>
  result === undefined ? 'waits' : (errorOf(result)?.code ?? result.content?.[0]?.text);
const refused = () => new ToolError('OVERLOADED', 'Later.');
const decided = () => new ToolError('POLICY_DENIED', 'No.');

describe.each<[Effects, string, Steps, (() => unknown) | undefined, string, number, string, number]>([
  // kind, what is slow, steps, failure, answer at the deadline, executions by then, answer of the repeat, effects in all
  ['natural', 'the claim', { claim: 5_000 }, undefined, 'DEPENDENCY_UNAVAILABLE', 0, 'DEPENDENCY_UNAVAILABLE', 0],
  ['phased', 'the claim', { claim: 5_000 }, undefined, 'DEPENDENCY_UNAVAILABLE', 0, 'DEPENDENCY_UNAVAILABLE', 0],
  ['phased', 'the claim, just', { claim: 1_000 }, undefined, 'DEPENDENCY_UNAVAILABLE', 0, 'DEPENDENCY_UNAVAILABLE', 0],
  ['natural', 'the handler', { claim: 400, handler: 900 }, undefined, 'TOOL_TIMEOUT', 1, 'paid', 1],
  ['phased', 'the handler', { claim: 400, handler: 900 }, undefined, 'TOOL_TIMEOUT', 1, 'paid', 1],
  ['natural', 'the settling', { claim: 400, handler: 400, end: 5_000 }, undefined, 'paid', 1, 'paid', 1],
  ['phased', 'the settling', { claim: 400, handler: 400, end: 5_000 }, undefined, 'paid', 1, 'paid', 1],
  ['phased', 'the settling of an error', { end: 5_000 }, decided, 'POLICY_DENIED', 1, 'POLICY_DENIED', 0],
  ['phased', 'giving the key back', { end: 5_000 }, refused, 'OVERLOADED', 1, 'OVERLOADED', 0],
  ['phased', 'calling it unknown', { end: 5_000 }, () => new Error('x'), 'OUTCOME_UNKNOWN', 1, 'OUTCOME_UNKNOWN', 0],
  ['transactional', 'BEGIN', { claim: 5_000 }, undefined, 'TOOL_TIMEOUT', 0, 'TOOL_TIMEOUT', 0],
  ['transactional', 'the handler', { claim: 400, handler: 900 }, undefined, 'TOOL_TIMEOUT', 1, 'TOOL_TIMEOUT', 0],
  ['transactional', 'COMMIT', { claim: 400, handler: 400, end: 5_000 }, undefined, 'OUTCOME_UNKNOWN', 1, 'paid', 1],
  ['transactional', 'COMMIT of an error', { end: 5_000 }, decided, 'POLICY_DENIED', 1, 'POLICY_DENIED', 0],
  ['transactional', 'ROLLBACK', { end: 5_000 }, refused, 'OVERLOADED', 1, 'OVERLOADED', 0],
])('when %s of a call is slow: %s', (...row) => {
  const [kind, , steps, fails, code, ran, again, happened] = row;

  test(`its caller is told ${code} at the deadline, and has not waited longer`, async () => {
    const { clock, call, left } = write(kind, steps, fails);
    const answer = await call();
    await clock.advance(deadlineMs - 1);
    expect(codeOf(answer)).toBe('waits');
    await clock.advance(1);
    expect({ code: codeOf(answer), at: answer.at }).toEqual({ code, at: deadlineMs });
    expect(left).toEqual(ran === 0 ? [] : [deadlineMs - (steps.claim ?? 0)]);
  });

  test(`what was begun goes on to its end, and a repeat under the key is told ${again}`, async () => {
    const { clock, call, effects } = write(kind, steps, fails);
    await call();
    await clock.advance(30_000);
    const repeat = await call();
    await clock.advance(deadlineMs);
    expect(codeOf(repeat)).toBe(again);
    await clock.advance(30_000);
    expect(effects).toHaveLength(happened);
    await clock.advance(30_000);
    expect(clock.timers).toBe(0);
  });
});

describe.each([
  ['phased', 'the settling', 'paid'],
  ['natural', 'the settling', 'paid'],
  ['transactional', 'COMMIT', 'OUTCOME_UNKNOWN'],
] as const)('while %s goes on: %s', (kind, _what, code) => {
  test('after the answer, the slot stays taken; then the key has its answer', async () => {
    const { clock, call } = write(kind, { end: 5_000 }, undefined, 1);
    const answer = await call();
    await clock.advance(deadlineMs);
    expect(codeOf(answer)).toBe(code);
    expect(codeOf(await settledCall(call, clock))).toBe('RATE_LIMITED');
    await clock.advance(3_999);
    expect(codeOf(await settledCall(call, clock))).toBe('RATE_LIMITED');
    await clock.advance(1);
    expect((await settledCall(call, clock)).result).toEqual(replayed);
  });
});

test.each(['phased', 'natural'] as const)(
  'the slot of a %s write whose handler was left behind stays taken until its answer is kept',
  async (kind) => {
    const { clock, call } = write(kind, { handler: 2_000, end: 5_000 }, undefined, 1);
    await call();
    await clock.advance(6_999);
    expect(codeOf(await settledCall(call, clock))).toBe('RATE_LIMITED');
    await clock.advance(1);
    expect((await settledCall(call, clock)).result).toEqual(replayed);
  },
);

test('a call that may or may not be saved says what a repeat does: with a key it is safe, without one it is not', async () => {
  const { clock, call } = write('transactional', { end: 5_000 });
  const answers = [await call(), await call({ key: null })];
  await clock.advance(deadlineMs);
  const [keyed, unkeyed] = answers.map(({ result }) => result);
  expect(errorOf(keyed ?? {})).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: true, retryAfterMs: 1_000 });
  expect(keyed?.content?.[0]?.text).toMatch(/same idempotency key/);
  expect(errorOf(unkeyed ?? {})).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  expect(unkeyed?.content?.[0]?.text).toMatch(/had no idempotency key/);
});

test('whoever goes away before the end of the handler leaves no effect; after it, the answer is waited for', async () => {
  for (const [at, code, happened] of [
    [100, 'CANCELLED', 0],
    [300, 'CANCELLED', 0],
    [500, 'paid', 1],
  ] as const) {
    const { clock, call, effects } = write('transactional', { claim: 200, handler: 200, end: 200 });
    const abort = new AbortController();
    const answer = await call({ signal: abort.signal });
    await clock.advance(at);
    abort.abort();
    await clock.advance(0);
    expect(codeOf(answer)).toBe(code === 'paid' ? 'waits' : code);
    await clock.advance(5_000);
    expect(codeOf(answer)).toBe(code);
    expect(effects).toHaveLength(happened);
  }
});

test('however long each step takes, nobody waits past the deadline, and a repeat leaves exactly one effect', async () => {
  const ms = fc.integer({ min: 0, max: 1_500 }).filter((each) => each !== deadlineMs);
  const kinds = fc.constantFrom<Effects>('natural', 'phased', 'transactional');
  await fc.assert(
    fc.asyncProperty(kinds, ms, ms, ms, async (kind, claim, handler, end) => {
      fc.pre(claim + handler !== deadlineMs && claim + handler + end !== deadlineMs);
      const steps: { claim: number; handler: number; end: number } = { claim, handler, end };
      const { clock, call, effects } = write(kind, steps);
      const answer = await call();
      await clock.advance(60_000);
      const begins = claim < deadlineMs;
      const decides = claim + handler < deadlineMs;
      const ends = claim + handler + end < deadlineMs;
      const early = kind === 'transactional' ? 'TOOL_TIMEOUT' : 'DEPENDENCY_UNAVAILABLE';
      const late = kind === 'transactional' ? 'OUTCOME_UNKNOWN' : 'paid';
      expect({ code: codeOf(answer), at: answer.at }).toEqual({
        code: ends ? 'paid' : decides ? late : begins ? 'TOOL_TIMEOUT' : early,
        at: Math.min(claim + handler + end, deadlineMs),
      });
      Object.assign(steps, { claim: 0, handler: 0, end: 0 });
      const repeat = await settledCall(call, clock);
      const wasDone = kind === 'transactional' ? decides : begins;
      expect(repeat.result).toEqual(wasDone ? replayed : paid);
      expect(effects).toHaveLength(1);
    }),
  );
});

test('what limits, an asynchronous schema and the claim take is off the time of the handler: a call has one deadline', async () => {
  const clock = new FakeClock(0);
  const waits = () => new Promise<void>((resolve) => clock.setTimeout(resolve, 200));
  const [limits, keys] = [memoryAdmission({ clock }), memoryIdempotency({ clock })];
  const isAsked = gate();
  const left: number[] = [];
  const tool = hardened({
    clock,
    timeoutMs: deadlineMs,
    report: () => {},
    admission: { ...limits, admit: (request) => waits().then(() => limits.admit(request)) },
    idempotency: {
      ...keys,
      claim: (request) => {
        isAsked.open();
        return waits().then(() => keys.claim(request));
      },
    },
  }).tool({
    name: 'pay',
    description: 'Pays.',
    access: 'write',
    effects: 'natural',
    input: z.object({ n: z.int().refine(() => waits().then(() => true)) }),
    handler(_input, call) {
      left.push(call.remainingMs());
      return new Promise(() => {});
    },
  });
  let code: string | undefined;
  void tool.call({ auth, input: { n: 1 }, meta: { [idempotencyMetaKey]: 'k' } }).then((result) => {
    code = errorOf(result)?.code;
  });
  await clock.advance(400);
  await isAsked.promise;
  await clock.advance(200);
  expect(left).toEqual([400]);
  await clock.advance(399);
  expect(code).toBeUndefined();
  await clock.advance(1);
  expect(code).toBe('TOOL_TIMEOUT');
});

/** A call that is answered at once, and its answer. */
async function settledCall<A>(call: () => Promise<A>, clock: FakeClock): Promise<A> {
  const answer = await call();
  await clock.advance(0);
  return answer;
}
