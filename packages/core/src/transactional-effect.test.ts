import { errorOf, FakeClock, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type HardenedCall, hardened } from './hardened.js';
import type { Claim, EffectCall, EffectEnd, IdempotencyStore } from './idempotency-store.js';
import { PolicyError } from './policy-error.js';
import { memoryIdempotency } from './stores/memory-idempotency.js';
import { ToolError } from './tool-error.js';

/** A store whose transaction is the text `tx`; remembers how each call ended. */
function storeOf(found: Claim = { state: 'claimed', token: 7 }) {
  const ends: EffectEnd[] = [];
  const asked: { call: EffectCall; request: unknown }[] = [];
  const store: IdempotencyStore = {
    ...memoryIdempotency(),
    effects: ['transactional'],
    async transact(call, request, run) {
      asked.push({ call, request });
      if (found.state === 'claimed') ends.push(await run('tx', found.token));
      return found;
    },
  };
  return { store, ends, asked };
}

function payTool(store: IdempotencyStore, handler: (call: HardenedCall) => unknown, clock = new FakeClock()) {
  return hardened({ idempotency: store, clock, report: () => {}, timeoutMs: 5_000 }).tool({
    name: 'pay',
    description: 'Pays.',
    access: 'write',
    effects: 'transactional',
    input: z.object({}),
    handler: (_input, call) => handler(call),
  });
}

const auth = testPrincipal({ scopes: ['mcp:tools:write'] });
const keyed = { auth, input: { idempotency_key: 'k' } };

describe('a transactional write', () => {
  test('runs inside the transaction that the store opened, and leaves its answer there', async () => {
    const { store, ends, asked } = storeOf();
    const handler = vi.fn((call: HardenedCall) => `${call.transaction} ${call.effect?.fencingToken}`);
    const answer = await payTool(store, handler).call(keyed);
    expect(answer).toEqual({ content: [{ type: 'text', text: 'tx 7' }] });
    expect(ends).toEqual([{ save: 'effect and result', result: JSON.stringify({ result: answer }) }]);
    expect(asked[0]?.request).toMatchObject({ tenant: auth.tenant, retentionMs: 24 * 3_600_000 });
  });

  test('has no key to save without one, and is one transaction all the same', async () => {
    const { store, ends, asked } = storeOf();
    await payTool(store, () => 'paid').call({ auth, input: {} });
    expect(asked[0]?.request).toBeUndefined();
    expect(ends).toMatchObject([{ save: 'effect and result' }]);
  });

  test('that decides to fail saves its error and not its effect', async () => {
    const { store, ends } = storeOf();
    const tool = payTool(store, () => {
      throw new ToolError('POLICY_DENIED', 'No.');
    });
    expect(errorOf(await tool.call(keyed))?.code).toBe('POLICY_DENIED');
    expect(ends).toMatchObject([{ save: 'result' }]);
  });

  test.each([
    ['is refused', new ToolError('OVERLOADED', 'Later.'), 'OVERLOADED'],
    ['fails', new TypeError('oops'), 'INTERNAL'],
  ])('that %s saves nothing', async (_what, error, code) => {
    const { store, ends } = storeOf();
    const tool = payTool(store, () => Promise.reject(error));
    expect(errorOf(await tool.call(keyed))?.code).toBe(code);
    expect(ends).toEqual([{ save: 'nothing' }]);
  });

  test.each([
    [{ state: 'in-progress', retryAfterMs: 700 }, 'IDEMPOTENCY_IN_PROGRESS'],
    [{ state: 'conflict' }, 'IDEMPOTENCY_CONFLICT'],
    [{ state: 'unknown', token: 1 }, 'OUTCOME_UNKNOWN'],
  ] satisfies [Claim, string][])('does not run when the store found %j', async (found, code) => {
    const handler = vi.fn();
    const answer = await payTool(storeOf(found).store, handler).call(keyed);
    expect(errorOf(answer)?.code).toBe(code);
    expect(handler).not.toHaveBeenCalled();
  });

  test('is aborted at its deadline, saves nothing and says so', async () => {
    const clock = new FakeClock();
    const { store, ends } = storeOf();
    let signal: AbortSignal | undefined;
    const tool = payTool(
      store,
      (call) => {
        signal = call.signal;
        return new Promise(() => {});
      },
      clock,
    );
    const answer = tool.call(keyed);
    await vi.waitFor(() => expect(signal).toBeDefined());
    await clock.advance(5_000);
    expect((await answer).content?.[0]?.text).toMatch(/Nothing was changed/);
    expect(errorOf(await answer)).toMatchObject({ code: 'TOOL_TIMEOUT', retryable: true });
    expect(signal?.aborted).toBe(true);
    expect(ends).toEqual([{ save: 'nothing' }]);
  });

  test('has the time that it waited for its transaction taken off its deadline', async () => {
    const clock = new FakeClock();
    const { store } = storeOf();
    const { transact } = store;
    const slow: IdempotencyStore = {
      ...store,
      async transact(call, request, run) {
        await clock.advance(2_000);
        expect(call.remainingMs()).toBe(3_000);
        return transact === undefined ? { state: 'conflict' } : transact(call, request, run);
      },
    };
    const answer = await payTool(slow, (call) => String(call.remainingMs()), clock).call(keyed);
    expect(answer.content?.[0]?.text).toBe('3000');
  });

  test('is refused at registration by a store that only says that it offers it', () => {
    const store: IdempotencyStore = { ...memoryIdempotency(), effects: ['transactional'] };
    expect(() => payTool(store, () => 'paid')).toThrow(PolicyError);
  });
});
