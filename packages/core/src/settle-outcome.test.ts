import { errorOf, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { hardened } from './hardened.js';
import { idempotencyMetaKey } from './idempotency-key.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { memoryIdempotency } from './stores/memory-idempotency.js';

/** Keeps the contract of a store that keeps 300 bytes of a result. */
function small(): IdempotencyStore {
  const store = memoryIdempotency();
  const settle: IdempotencyStore['settle'] = async (held, result) => {
    if (Buffer.byteLength(result) > 300) throw new RangeError('over 300 bytes');
    return store.settle(held, result);
  };
  return { ...store, maxResultBytes: 300, settle };
}

const paying = { auth: testPrincipal(), input: {}, meta: { [idempotencyMetaKey]: 'k' } };

describe.each(['phased', 'natural'] as const)('a %s write whose answer is over what the store keeps', (effects) => {
  const pay = (answer: string, maxOutputBytes?: number) => {
    const handler = vi.fn(() => answer);
    const tool = hardened({ idempotency: small() }).tool({
      name: 'pay',
      description: 'Pays.',
      access: 'write',
      effects,
      input: z.object({}),
      ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
      handler,
    });
    return { handler, tool };
  };

  test('gives its caller the whole answer, says to a repeat that it took effect, and never runs again', async () => {
    const answer = 'é'.repeat(200);
    const { handler, tool } = pay(answer);
    expect(await tool.call(paying)).toEqual({ content: [{ type: 'text', text: answer }] });
    for (let again = 0; again < 3; again++) {
      const repeated = await tool.call(paying);
      expect(errorOf(repeated)?.code).toBe('OUTPUT_TOO_LARGE');
      expect(repeated._meta).toMatchObject({ 'dev.sallyport/replayed': true });
      expect(repeated.content?.[0]?.text).toMatch(/took effect.* over the 300 that are kept/);
    }
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test('is replayed whole when it just fits', async () => {
    const overhead = '{"result":{"content":[{"type":"text","text":""}]}}'.length;
    for (const [length, code] of [
      [300 - overhead, undefined],
      [301 - overhead, 'OUTPUT_TOO_LARGE'],
    ] as const) {
      const { tool } = pay('x'.repeat(length));
      await tool.call(paying);
      expect(errorOf(await tool.call(paying))?.code).toBe(code);
    }
  });

  test('is refused at registration when the tool says itself that it may be that large', () => {
    expect(() => pay('', 301)).toThrow(/pay.*maxOutputBytes.*over the 300 bytes that the store/);
    expect(() => pay('', 300)).not.toThrow();
  });
});
