import { type Tool, ToolError } from '@sallyport/core';
import { z } from 'zod';
import { found } from './found.js';
import type { ToolStack } from './tool-stack.js';

interface Order {
  readonly amount_cents: number;
  readonly refunded_cents: number;
}

/** Gives money back: sensitive, and never without an idempotency key. */
export function refundOrder(stack: ToolStack): Tool {
  return stack.tool({
    name: 'refund_order',
    title: 'Refund an order',
    description: 'Refunds an order, in part or in full. Never more in all than was paid.',
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    access: 'sensitive',
    effects: 'phased',
    idempotencyKey: 'required',
    limits: { perMinute: 10 },
    input: z.strictObject({
      order_id: z.int().positive().max(2_147_483_647),
      amount_cents: z.int().positive().max(100_000_000),
    }),
    output: z.object({ order_id: z.number(), refunded_cents: z.number(), left_cents: z.number() }),
    handler: async ({ order_id, amount_cents }, { db }) => {
      const order = found(
        await db.sql<Order>('select amount_cents::int, refunded_cents::int from orders where id = $1 for update', [
          order_id,
        ]),
        `order ${order_id}`,
      );
      const left = order.amount_cents - order.refunded_cents - amount_cents;
      if (left < 0) {
        throw new ToolError(
          'INVALID_INPUT',
          `Only ${order.amount_cents - order.refunded_cents} cents of order ${order_id} can still be refunded.`,
        );
      }
      await db.sql(
        `update orders set refunded_cents = refunded_cents + $2,
           status = case when refunded_cents + $2 = amount_cents then 'refunded' else status end
         where id = $1`,
        [order_id, amount_cents],
      );
      return { order_id, refunded_cents: order.refunded_cents + amount_cents, left_cents: left };
    },
  });
}
