import { hardened, type IdempotencyStore, type Tool } from '@sallyport/core';
import type { RedisClient } from '../src/redis-client.js';

/** How many payments were made, whoever made them: counted where no crash of a payer can reach. */
export const paymentsKey = 'payments';
/** The same by idempotency key. */
export const paymentsByKey = 'payments-by-key';

/** A tool whose effect is one more payment; it answers with a text that no other payment has. */
export function payments(
  redis: RedisClient,
  idempotency: IdempotencyStore,
  {
    effects = 'phased' as 'phased' | 'natural',
    afterwards = async (): Promise<void> => {},
    reconcile = undefined as (() => unknown) | undefined,
    agentLimits = {},
  } = {},
): Tool {
  return hardened({ idempotency, agentLimits, report: () => {} }).wrap(
    {
      kind: 'tool',
      name: 'pay',
      access: 'write',
      ...(effects === 'natural' ? { effects } : { effects, ...(reconcile === undefined ? {} : { reconcile }) }),
    },
    async (call) => {
      const count = await redis.incr(paymentsKey);
      await redis.hincrby(paymentsByKey, call.idempotencyKey ?? '', 1);
      await afterwards();
      return { content: [{ type: 'text', text: `payment ${count} é \u{1F600} ${Math.random()}` }] };
    },
  );
}
