import { errorOf, FakeClock, gate, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { CallRequest } from '../call.js';
import { errorMetaKey } from '../error-result.js';
import { type HardenedCall, type HardenedOptions, type HardenedPolicy, hardened } from '../hardened.js';
import { idempotencyMetaKey } from '../idempotency-key.js';
import type { IdempotencyStore } from '../idempotency-store.js';
import { memoryIdempotency } from '../stores/memory-idempotency.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';
import { idempotent } from './idempotent.js';

const principal = testPrincipal();
const Input = z.object({ amount: z.number().int(), note: z.string().optional() });
type Payment = z.output<typeof Input>;

function server(options: HardenedOptions = {}) {
  const clock = new FakeClock();
  const report = vi.fn();
  const stack = hardened({ clock, report, agentLimits: {}, ...options });
  const pay = (
    handler: (input: Payment, call: HardenedCall) => unknown,
    policy: HardenedPolicy = { access: 'write', effects: 'phased' },
    spec: { name?: string; version?: string } = {},
  ) => stack.tool({ name: 'pay', description: 'Pays.', input: Input, ...spec, ...policy, handler });
  return { clock, report, stack, pay };
}

const paying = (key: string | undefined, over: Partial<CallRequest> = {}): CallRequest => ({
  auth: principal,
  input: { amount: 1 },
  ...(key === undefined ? {} : { meta: { [idempotencyMetaKey]: key } }),
  ...over,
});

const replayed = { 'dev.sallyport/replayed': true };

describe.each(['phased', 'natural'] as const)('with a key, a %s write', (effects) => {
  const policy = { access: 'write', effects } as const;

  test('runs once for 100 concurrent calls; the others are in progress, and later calls replay its answer', async () => {
    const { pay } = server();
    const answer = gate<string>();
    const handler = vi.fn(() => answer.promise);
    const tool = pay(handler, policy);
    const answered: ToolResult[] = [];
    const calls = Array.from({ length: 100 }, async () => {
      answered.push(await tool.call(paying('k')));
    });
    await vi.waitFor(() => expect(answered).toHaveLength(99), 10_000);
    for (const result of answered) {
      expect(errorOf(result)).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS', retryable: true, retryAfterMs: 1_000 });
    }
    answer.open('paid');
    await Promise.all(calls);
    expect(handler).toHaveBeenCalledTimes(1);
    expect(answered.at(-1)).toEqual({ content: [{ type: 'text', text: 'paid' }] });
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid' }], _meta: replayed });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('is a conflict with other arguments, carrying nothing of the first answer', async () => {
    const { pay } = server();
    const handler = vi.fn(() => 'secret');
    const tool = pay(handler, policy);
    await tool.call(paying('k'));
    const other = await tool.call(paying('k', { input: { amount: 2 } }));
    expect(errorOf(other)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', retryable: false });
    expect(JSON.stringify(other)).not.toContain('secret');
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('compares arguments as values: neither the order of members nor what the schema drops matters', async () => {
    const { pay } = server();
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, policy);
    await tool.call(paying('k', { input: { amount: 1, note: 'n' } }));
    const again = await tool.call(paying('k', { input: { dropped: true, note: 'n', amount: 1 } }));
    expect(again._meta).toEqual(replayed);
  });

  test.each([
    ['tenant', { auth: testPrincipal({ tenant: 'globex' }) }],
    ['agent', { auth: testPrincipal({ subject: 'agent-2' }) }],
    ['issuer', { auth: testPrincipal({ issuer: 'https://other.test' }) }],
  ])('shares no key with another %s', async (_, over) => {
    const { pay } = server();
    const handler = vi.fn((_input: Payment, call: HardenedCall) => `${call.tenant} ${call.principal.subject}`);
    const tool = pay(handler, policy);
    await tool.call(paying('k'));
    const other = await tool.call(paying('k', over));
    expect(handler).toHaveBeenCalledTimes(2);
    expect(other._meta).toBeUndefined();
  });

  test('shares no key with another tool, and parts of names do not run together', async () => {
    const { pay } = server();
    const handler = vi.fn((_: Payment, call: HardenedCall) => call.effect?.downstreamKey);
    const [one, two] = [pay(handler, policy), pay(handler, policy, { name: 'pay2' })];
    const answers = [await one.call(paying('2k')), await two.call(paying('k')), await two.call(paying('2k'))];
    expect(new Set(answers.map(({ content }) => content?.[0]?.text)).size).toBe(3);
    expect(handler).toHaveBeenCalledTimes(3);
  });

  test('is another call once the tool is of another version', async () => {
    const idempotency = memoryIdempotency();
    const first = server({ idempotency }).pay(() => 'old', policy, { version: '1' });
    const second = server({ idempotency }).pay(() => 'new', policy, { version: '2' });
    await first.call(paying('k'));
    expect(errorOf(await second.call(paying('k')))).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  test.each(['INVALID_INPUT', 'POLICY_DENIED', 'APPROVAL_REJECTED', 'TENANT_FORBIDDEN'] as const)(
    'has a definitive %s replayed, text and data, without running again',
    async (code) => {
      const { pay } = server();
      const handler = vi.fn(() => {
        const more = { details: { order: 7 }, limit: 'l', retryAfterMs: 2_000, retryable: true };
        throw new ToolError(code, 'No open order.', more);
      });
      const tool = pay(handler, policy);
      const [first, second] = [await tool.call(paying('k')), await tool.call(paying('k'))];
      expect(handler).toHaveBeenCalledTimes(1);
      expect(second.content).toEqual(first.content);
      expect(second.isError).toBe(true);
      const { errorId } = errorOf(second) ?? {};
      expect(errorId).not.toBe(errorOf(first)?.errorId);
      expect(second._meta).toEqual({ [errorMetaKey]: { ...errorOf(first), errorId }, ...replayed });
    },
  );

  test.each(['DEPENDENCY_UNAVAILABLE', 'OVERLOADED', 'RATE_LIMITED', 'BUDGET_EXHAUSTED', 'SHUTTING_DOWN'] as const)(
    'has its key back after a refusal, %s: the next call runs',
    async (code) => {
      const { pay } = server();
      const handler = vi
        .fn((): string => 'paid')
        .mockImplementationOnce(() => {
          throw new ToolError(code, 'Not now.');
        });
      const tool = pay(handler, policy);
      expect(errorOf(await tool.call(paying('k')))?.code).toBe(code);
      expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid' }] });
    },
  );

  test('has nothing stored when the arguments, the scopes or the tenant were refused', async () => {
    const idempotency = memoryIdempotency();
    const claim = vi.spyOn(idempotency, 'claim');
    const { pay } = server({ idempotency });
    const tool = pay(() => 'paid', policy);
    await tool.call(paying('k', { input: { amount: 'x' } }));
    await tool.call(paying('k', { auth: testPrincipal({ scopes: ['mcp:tools:read'] }) }));
    await tool.call(paying('k', { auth: { issuer: 'i', subject: 's', scopes: ['mcp:tools:write'] } }));
    expect(claim).not.toHaveBeenCalled();
  });

  test('has nothing stored of an answer that asks for input', async () => {
    const { pay } = server();
    const asking = { resultType: 'input_required', inputRequests: { card: {} }, requestState: 's' };
    const handler = vi.fn((): unknown => 'paid').mockImplementationOnce(() => asking);
    const tool = pay(handler, policy);
    expect(await tool.call(paying('k'))).toEqual(asking);
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid' }] });
  });

  test('has its key back after the SDK was told to open a URL first', async () => {
    const { pay } = server();
    const elicit = Object.assign(new Error('open'), { code: -32_042 });
    const handler = vi.fn((): unknown => 'paid').mockRejectedValueOnce(elicit);
    const tool = pay(handler, policy);
    expect(await tool.outcome(paying('k'))).toEqual({ raised: elicit });
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid' }] });
  });

  test('is answered TOOL_TIMEOUT on time, goes on, and has its answer replayed afterwards', async () => {
    const { clock, pay } = server({ timeoutMs: 5_000 });
    const answer = gate<string>();
    const handler = vi.fn(() => answer.promise);
    const tool = pay(handler, policy);
    const first = tool.call(paying('k'));
    await vi.waitFor(() => expect(handler).toHaveBeenCalled());
    await clock.advance(5_000);
    expect(errorOf(await first)?.code).toBe('TOOL_TIMEOUT');
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000);
      expect(errorOf(await tool.call(paying('k')))?.code).toBe('IDEMPOTENCY_IN_PROGRESS');
    }
    answer.open('paid late');
    await clock.advance(0);
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid late' }], _meta: replayed });
    expect(handler).toHaveBeenCalledTimes(1);
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  test('keeps its answer for 24 hours, and is a new effect after that', async () => {
    const { clock, pay } = server();
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, policy);
    await tool.call(paying('k'));
    await clock.advance(24 * 3_600_000 - 1);
    expect((await tool.call(paying('k')))._meta).toEqual(replayed);
    await clock.advance(1);
    expect((await tool.call(paying('k')))._meta).toBeUndefined();
    expect(handler).toHaveBeenCalledTimes(2);
  });

  test('stores what was bounded and redacted', async () => {
    const { pay } = server({ redact: (text) => text.replaceAll('hunter2', '***') });
    const tool = pay(() => 'password hunter2', policy);
    expect(await tool.call(paying('k'))).toMatchObject({ content: [{ text: 'password ***' }] });
    expect(await tool.call(paying('k'))).toMatchObject({ content: [{ text: 'password ***' }], _meta: replayed });
  });

  test('is refused when the store cannot answer, and does not run', async () => {
    const handler = vi.fn(() => 'paid');
    const down: IdempotencyStore = {
      ...memoryIdempotency(),
      claim: () => Promise.reject(new Error('ECONNREFUSED 10.0.0.1')),
    };
    const { pay } = server({ idempotency: down });
    const result = await pay(handler, policy).call(paying('k'));
    expect(errorOf(result)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 1_000 });
    expect(JSON.stringify(result)).not.toContain('10.0.0.1');
    expect(handler).not.toHaveBeenCalled();
  });

  test('is answered although the store fails once it ran, which is then told again: the next call replays it', async () => {
    const clock = new FakeClock();
    const idempotency = memoryIdempotency({ clock });
    vi.spyOn(idempotency, 'settle').mockRejectedValueOnce(new Error('gone'));
    const { pay } = server({ clock, idempotency });
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, policy);
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid' }] });
    await clock.advance(1_000);
    expect(await tool.call(paying('k'))).toMatchObject({ content: [{ text: 'paid' }], _meta: replayed });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('whose store fails for good once it ran is unknown, not free', async () => {
    const clock = new FakeClock();
    const idempotency = memoryIdempotency({ clock });
    vi.spyOn(idempotency, 'settle').mockRejectedValue(new Error('gone'));
    const { pay } = server({ clock, idempotency });
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, policy);
    await tool.call(paying('k'));
    await clock.advance(300_000);
    const next = await tool.call(paying('k'));
    if (effects === 'phased') expect(errorOf(next)?.code).toBe('OUTCOME_UNKNOWN');
    else expect(handler).toHaveBeenCalledTimes(2);
  });

  test('that is cancelled before it runs is CANCELLED, or what the drain says, and keeps no claim', async () => {
    for (const [reason, code] of [
      [undefined, 'CANCELLED'],
      [new ToolError('SHUTTING_DOWN', 'Draining.'), 'SHUTTING_DOWN'],
    ] as const) {
      const abort = new AbortController();
      const clock = new FakeClock();
      const idempotency = memoryIdempotency({ clock });
      const claim = idempotency.claim.bind(idempotency);
      vi.spyOn(idempotency, 'claim').mockImplementationOnce((request) => {
        abort.abort(reason);
        return claim(request);
      });
      const { pay } = server({ clock, idempotency });
      const handler = vi.fn(() => 'paid');
      const tool = pay(handler, policy);
      expect(errorOf(await tool.call(paying('k', { signal: abort.signal })))?.code).toBe(code);
      expect(errorOf(await tool.call(paying('k', { signal: abort.signal })))?.code).toBe(code);
      expect(handler).not.toHaveBeenCalled();
      expect((await tool.call(paying('k'))).isError).toBeUndefined();
    }
  });
});

describe('a phased write', () => {
  const policy = { access: 'write', effects: 'phased' } as const;

  test('is not aborted when the client goes away or time is up: it finishes, and its answer is kept', async () => {
    const { clock, pay } = server({ timeoutMs: 1_000 });
    const abort = new AbortController();
    const answer = gate<string>();
    const signals: AbortSignal[] = [];
    const handler = vi.fn((_: Payment, call: HardenedCall) => {
      signals.push(call.signal);
      return answer.promise;
    });
    const tool = pay(handler, policy);
    const first = tool.call(paying('k', { signal: abort.signal }));
    await vi.waitFor(() => expect(handler).toHaveBeenCalled());
    abort.abort();
    await clock.advance(1_000);
    expect(errorOf(await first)?.code).toBe('TOOL_TIMEOUT');
    expect(signals[0]?.aborted).toBe(false);
    answer.open('paid');
    await clock.advance(0);
    expect(await tool.call(paying('k'))).toMatchObject({ content: [{ text: 'paid' }], _meta: replayed });
  });

  test('that fails for an unknown reason is OUTCOME_UNKNOWN, for the next call too, and never runs again', async () => {
    const { clock, pay, report } = server();
    const handler = vi.fn(() => {
      throw new Error('socket hang up');
    });
    const tool = pay(handler, policy);
    const first = await tool.call(paying('k'));
    expect(errorOf(first)).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    expect(JSON.stringify(first)).not.toContain('socket');
    for (const hours of [0, 1, 10, 23]) {
      await clock.advance(hours === 0 ? 0 : 1_000);
      expect(errorOf(await tool.call(paying('k')))).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    }
    expect(handler).toHaveBeenCalledTimes(1);
    expect(report).toHaveBeenCalledWith(
      expect.objectContaining({ error: expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }) }),
    );
  });

  test.each([
    ['a key', 'k', { reconcile: (): string => 'paid' }, true, /same idempotency key: it takes effect once/],
    ['no key', undefined, { reconcile: (): string => 'paid' }, false, /Do not repeat it/],
    ['a key, and nothing to reconcile it', 'k', {}, false, /Do not repeat it/],
  ])('that fails for an unknown reason, with %s, says how to find out', async (_what, key, more, retryable, words) => {
    const { pay } = server();
    const tool = pay(() => Promise.reject(new Error('x')), { ...policy, ...more });
    const answer = await tool.call(paying(key));
    expect(errorOf(answer)).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable });
    expect(JSON.stringify(answer)).toMatch(words);
    if (retryable) expect(await tool.call(paying(key))).toMatchObject({ content: [{ text: 'paid' }] });
  });

  test('whoever has the store alone cannot try out arguments: fingerprints of equal ones differ by key', async () => {
    const store = memoryIdempotency();
    const claim = vi.spyOn(store, 'claim');
    const { pay } = server({ idempotency: store });
    const tool = pay(() => 'paid', policy);
    await tool.call(paying('k'));
    await tool.call(paying('l'));
    const [one, other] = claim.mock.calls.map(([{ fingerprint }]) => fingerprint);
    expect(one).not.toBe(other);
  });

  test('that fails late, after its answer went out, is OUTCOME_UNKNOWN for the next call', async () => {
    const { clock, pay } = server({ timeoutMs: 1_000 });
    const answer = gate<string>();
    const handler = vi.fn(() => answer.promise);
    const tool = pay(handler, policy);
    const first = tool.call(paying('k'));
    await vi.waitFor(() => expect(handler).toHaveBeenCalled());
    await clock.advance(1_000);
    await first;
    answer.fail(new Error('late'));
    await clock.advance(0);
    expect(errorOf(await tool.call(paying('k')))?.code).toBe('OUTCOME_UNKNOWN');
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test.each(['CANCELLED', 'TOOL_TIMEOUT', 'INTERNAL'] as const)('whose handler throws %s is unknown', async (code) => {
    const { pay } = server();
    const handler = vi.fn(() => {
      throw new ToolError(code, 'x');
    });
    const tool = pay(handler, policy);
    await tool.call(paying('k'));
    expect(errorOf(await tool.call(paying('k')))?.code).toBe('OUTCOME_UNKNOWN');
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('with an answer that cannot be stored is unknown, and nothing goes unhandled', async () => {
    const clock = new FakeClock();
    const idempotency = memoryIdempotency({ clock });
    const layer = idempotent(idempotency, { clock });
    const facts = { kind: 'tool', name: 'pay', version: '1', inputSchema: { type: 'object' } } as const;
    const declared = { ...facts, access: 'write', effects: 'phased' } as const;
    const tool = { ...declared, policy: { idempotent: layer.policy?.(declared) } };
    const { madeUpCall } = await import('@sallyport/testkit');
    const call = () => madeUpCall({ principal, tenant: 'acme', idempotencyKey: 'k' });
    const handler = layer.wrap(async () => ({ content: [], structuredContent: 1n }), tool);
    expect(await handler(call())).toMatchObject({ structuredContent: 1n });
    await clock.advance(30_000);
    await expect(handler(call())).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  test('without a key runs every time, finished rather than aborted, under a downstream key of its own', async () => {
    const { pay } = server();
    const seen: unknown[] = [];
    const abort = new AbortController();
    const tool = pay((_, call) => {
      abort.abort();
      seen.push(call.effect?.downstreamKey, call.signal.aborted);
      return 'paid';
    }, policy);
    // A client counts its requests from 0 in every session: the id of a request identifies nothing.
    const sameId = { requestId: '1' };
    await tool.call(paying(undefined, { ...sameId, signal: abort.signal }));
    await tool.call(paying(undefined, sameId));
    await tool.call(paying('1', sameId));
    const keys = seen.filter((value) => typeof value === 'string');
    expect(new Set(keys).size).toBe(3);
    expect(seen).toContain(false);
    expect(seen).not.toContain(true);
  });

  test('without a key does not run once the call was aborted', async () => {
    const { pay } = server();
    const handler = vi.fn(() => 'paid');
    expect(errorOf(await pay(handler, policy).call(paying(undefined, { signal: AbortSignal.abort() })))?.code).toBe(
      'CANCELLED',
    );
    expect(handler).not.toHaveBeenCalled();
  });

  test('gives every attempt at one effect the same downstream key and a higher fencing token', async () => {
    const { pay } = server();
    const seen: { downstreamKey: string; fencingToken: number }[] = [];
    const tool = pay(
      (_, call) => {
        if (call.effect !== undefined) seen.push(call.effect);
        if (seen.length < 3) throw new Error('again');
        return 'paid';
      },
      { ...policy, reconcile: () => undefined },
    );
    for (let attempt = 0; attempt < 3; attempt++) await tool.call(paying('k'));
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(({ downstreamKey }) => downstreamKey)).size).toBe(1);
    expect(seen[0]?.downstreamKey).toMatch(/^[0-9a-f]{64}$/);
    const tokens = seen.map(({ fencingToken }) => fencingToken);
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
  });
});

describe('reconcile', () => {
  const interrupted = async (reconcile: (input: never, call: never) => unknown, options: HardenedOptions = {}) => {
    const made = server(options);
    const handler = vi
      .fn((_input: Payment, _call: HardenedCall): unknown => 'paid now')
      .mockImplementationOnce(() => {
        throw new Error('socket hang up');
      });
    const asked = vi.fn(reconcile);
    const tool = made.pay(handler, { access: 'write', effects: 'phased', reconcile: asked });
    await tool.call(paying('k'));
    return { ...made, handler, asked, tool };
  };

  test('that finds the effect makes its answer, which is stored; the handler does not run', async () => {
    const { tool, handler, asked } = await interrupted(() => 'paid before');
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid before' }] });
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid before' }], _meta: replayed });
    expect(handler).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledWith(
      { amount: 1 },
      expect.objectContaining({
        tenant: 'acme',
        effect: expect.objectContaining({ fencingToken: expect.any(Number) }),
      }),
    );
  });

  test('that knows it has not happened has the handler run under the same downstream key, in one deadline', async () => {
    const { tool, handler, asked, clock } = await interrupted(() => undefined);
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid now' }] });
    expect(handler).toHaveBeenCalledTimes(2);
    const keys = handler.mock.calls.map(([, call]) => call.effect?.downstreamKey);
    expect(keys[1]).toBe(keys[0]);
    expect(asked).toHaveBeenCalledTimes(1);
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['an Error', () => new Error('downstream is down')],
    ['DEPENDENCY_UNAVAILABLE', () => new ToolError('DEPENDENCY_UNAVAILABLE', 'The payment service is down.')],
    ['RATE_LIMITED', () => new ToolError('RATE_LIMITED', 'Slow down.')],
    ['INVALID_INPUT', () => new ToolError('INVALID_INPUT', 'No such payment.')],
  ])(
    'that throws %s leaves it OUTCOME_UNKNOWN: neither free nor answered, and it is asked again next time',
    async (_, problem) => {
      const { tool, handler, asked } = await interrupted(() => {
        throw problem();
      });
      for (let again = 0; again < 3; again++)
        expect(errorOf(await tool.call(paying('k')))?.code).toBe('OUTCOME_UNKNOWN');
      expect(asked).toHaveBeenCalledTimes(3);
      expect(handler).toHaveBeenCalledTimes(1);
    },
  );

  test('is under the deadline; what it finds after that is kept', async () => {
    const found = gate<string>();
    const { tool, handler, asked, clock } = await interrupted(() => found.promise, { timeoutMs: 1_000 });
    const second = tool.call(paying('k'));
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    await clock.advance(1_000);
    expect(errorOf(await second)?.code).toBe('TOOL_TIMEOUT');
    expect(errorOf(await tool.call(paying('k')))?.code).toBe('IDEMPOTENCY_IN_PROGRESS');
    found.open('paid before');
    await clock.advance(0);
    expect(await tool.call(paying('k'))).toMatchObject({ content: [{ text: 'paid before' }], _meta: replayed });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('that says after the deadline that nothing happened has the handler run then, once, and its answer kept', async () => {
    const found = gate<undefined>();
    const { tool, handler, asked, clock } = await interrupted(() => found.promise, { timeoutMs: 1_000 });
    const second = tool.call(paying('k'));
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    await clock.advance(1_000);
    await second;
    found.open(undefined);
    await clock.advance(0);
    expect(await tool.call(paying('k'))).toMatchObject({ content: [{ text: 'paid now' }], _meta: replayed });
    expect(handler).toHaveBeenCalledTimes(2);
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  test('is asked in place of a foreign handler too', async () => {
    const { stack } = server();
    const handler = vi.fn(async () => ({ content: [] }));
    handler.mockRejectedValueOnce(new Error('socket hang up'));
    const tool = stack.wrap(
      { name: 'pay', kind: 'tool', access: 'write', effects: 'phased', reconcile: () => 'paid before' },
      handler,
    );
    await tool.call(paying('k'));
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'paid before' }] });
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

describe('a natural write', () => {
  const policy = { access: 'write', effects: 'natural' } as const;

  test('has its key back after a failure, whatever it was: the next call runs', async () => {
    const { pay } = server();
    const handler = vi
      .fn((): string => 'done')
      .mockImplementationOnce(() => {
        throw new Error('x');
      })
      .mockImplementationOnce(() => {
        throw new ToolError('INTERNAL', 'x');
      });
    const tool = pay(handler, policy);
    await tool.call(paying('k'));
    await tool.call(paying('k'));
    expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'done' }] });
    expect(handler).toHaveBeenCalledTimes(3);
  });

  test('is aborted when the client goes away', async () => {
    const { pay } = server();
    const abort = new AbortController();
    const seen = gate<AbortSignal>();
    const tool = pay((_, call) => {
      seen.open(call.signal);
      return new Promise(() => {});
    }, policy);
    const call = tool.call(paying('k', { signal: abort.signal }));
    const signal = await seen.promise;
    abort.abort();
    expect(errorOf(await call)?.code).toBe('CANCELLED');
    expect(signal.aborted).toBe(true);
  });
});

describe('the key', () => {
  test('that is required is asked for by name, before anything runs', async () => {
    const { pay } = server();
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, { access: 'sensitive', effects: 'phased', idempotencyKey: 'required' });
    const result = await tool.call(paying(undefined));
    expect(errorOf(result)?.code).toBe('INVALID_INPUT');
    expect(JSON.stringify(result.content)).toContain('idempotency_key');
    expect(handler).not.toHaveBeenCalled();
    expect((await tool.call(paying('k'))).isError).toBeUndefined();
  });

  test('falls back to the arguments where the tool says so: equal ones within that time are one effect, and say so', async () => {
    const { clock, pay } = server();
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, { access: 'write', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 } });
    expect((await tool.call(paying(undefined)))._meta).toBeUndefined();
    await clock.advance(59_999);
    expect((await tool.call(paying(undefined)))._meta).toEqual({ ...replayed, 'dev.sallyport/deduplicated': true });
    expect((await tool.call(paying(undefined, { input: { amount: 2 } })))._meta).toBeUndefined();
    expect((await tool.call(paying('k')))._meta).toBeUndefined();
    await clock.advance(1);
    expect((await tool.call(paying(undefined)))._meta).toBeUndefined();
    expect(handler).toHaveBeenCalledTimes(4);
  });

  test('that the client gave is kept for the whole retention, also where the tool falls back to its arguments', async () => {
    const { clock, pay } = server({ retentionMs: 3_600_000 });
    const handler = vi.fn(() => 'paid');
    const tool = pay(handler, { access: 'write', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 } });
    await tool.call(paying('k'));
    await clock.advance(3_599_999);
    expect((await tool.call(paying('k')))._meta).toEqual(replayed);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('that a client makes up cannot meet one made from arguments', async () => {
    const { pay } = server();
    const handler = vi.fn((_: Payment, call: HardenedCall) => call.effect?.downstreamKey);
    const tool = pay(handler, { access: 'write', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 } });
    await tool.call(paying(undefined));
    await tool.call(paying('{"amount":1}'));
    expect(handler).toHaveBeenCalledTimes(2);
  });
});

class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  get cents() {
    return this.#cents;
  }
}

describe.each<[string, z.ZodType, (seed: number) => unknown]>([
  ['an instance whose fields are private', z.int().transform((cents) => new Money(cents)), (seed) => seed],
  ['an expression', z.string().transform((text) => new RegExp(text)), (seed) => `x${seed}`],
  ['search parameters', z.string().transform((text) => new URLSearchParams(text)), (seed) => `amount=${seed}`],
  ['bytes', z.string().transform((text) => new TextEncoder().encode(text)), (seed) => `x${seed}`],
  ['a map', z.array(z.int()).transform((items) => new Map([[{}, new Money(items[0] ?? 0)]])), (seed) => [seed]],
  ['a date', z.string().transform((text) => new Date(text)), (seed) => `2026-01-0${seed}`],
  ['a bigint', z.int().transform(BigInt), (seed) => seed],
])('what a schema makes %s of', (_, schema, sent) => {
  const made = (policy: HardenedPolicy) => {
    const handler = vi.fn(() => 'paid');
    const input = z.object({ amount: schema });
    const tool = server().stack.tool({ name: 'pay', description: 'Pays.', input, ...policy, handler });
    const call = (seed: number, key?: string) => tool.call(paying(key, { input: { amount: sent(seed) } }));
    return { call, handler };
  };

  test('is compared as it was sent: what differs is a conflict under one key, and what is equal a repeat', async () => {
    const { call, handler } = made({ access: 'write', effects: 'phased' });
    await call(1, 'k');
    expect(errorOf(await call(2, 'k'))?.code).toBe('IDEMPOTENCY_CONFLICT');
    expect((await call(1, 'k'))._meta).toEqual(replayed);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('is compared as it was sent: what differs is another effect where the tool falls back to its arguments', async () => {
    const { call, handler } = made({ access: 'write', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 } });
    expect((await call(1))._meta).toBeUndefined();
    expect((await call(2))._meta).toBeUndefined();
    expect((await call(1))._meta).toMatchObject(replayed);
    expect(handler).toHaveBeenCalledTimes(2);
  });
});

test('a bigint and the text of one are not equal arguments, and what is no JSON in a call without a wire is refused', async () => {
  const handler = vi.fn(() => 'paid');
  const { stack } = server();
  const input = z.object({ amount: z.any() });
  const tool = stack.tool({ name: 'pay', description: 'x', input, access: 'write', effects: 'natural', handler });
  const refused = await tool.call(paying('k', { input: { amount: 10n } }));
  expect(errorOf(refused)?.code).toBe('INVALID_INPUT');
  expect(handler).not.toHaveBeenCalled();
  expect((await tool.call(paying('k', { input: { amount: '10n' } })))._meta).toBeUndefined();
  expect(errorOf(await tool.call(paying(undefined, { input: { amount: 10n } })))).toBeUndefined();
});

test('no arguments are the same as none in an object', async () => {
  const handler = vi.fn(async () => ({ content: [{ type: 'text', text: 'paid' }] }));
  const tool = server().stack.wrap({ kind: 'tool', name: 'pay', access: 'write', effects: 'natural' }, handler);
  await tool.call(paying('k', { input: undefined }));
  expect((await tool.call(paying('k', { input: {} })))._meta).toEqual(replayed);
});

test('arguments that mean the same are equal: a default that is left out is one that is sent', async () => {
  const handler = vi.fn(() => 'paid');
  const { stack } = server();
  const input = z.object({ amount: z.int().default(5) });
  const tool = stack.tool({ name: 'pay', description: 'x', input, access: 'write', effects: 'natural', handler });
  await tool.call(paying('k', { input: {} }));
  expect((await tool.call(paying('k', { input: { amount: 5 } })))._meta).toEqual(replayed);
});

test('a read has no effect, no key and no claim', async () => {
  const idempotency = memoryIdempotency();
  const claim = vi.spyOn(idempotency, 'claim');
  const { pay } = server({ idempotency });
  const tool = pay((_, call) => String(call.effect), { access: 'read' });
  expect(await tool.call(paying('k'))).toEqual({ content: [{ type: 'text', text: 'undefined' }] });
  expect(claim).not.toHaveBeenCalled();
});

test('a result may not be kept for no time at all', () => {
  for (const retentionMs of [0, -1, Number.NaN])
    expect(() => idempotent(memoryIdempotency(), { retentionMs })).toThrow(RangeError);
});

test('an error whose details are no JSON is an answer like any other, and replayed', async () => {
  const { pay } = server();
  const handler = vi.fn(() => {
    throw new ToolError('INVALID_INPUT', 'No.', { details: { amount: 1n } });
  });
  const tool = pay(handler);
  const first = await tool.call(paying('k'));
  const second = await tool.call(paying('k'));
  expect(second.content).toEqual(first.content);
  expect(second._meta).toMatchObject({ [errorMetaKey]: { code: 'INVALID_INPUT' }, ...replayed });
  expect(handler).toHaveBeenCalledTimes(1);
});
