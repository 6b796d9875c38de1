import { type Tool, ToolError } from '@sallyport/core';
import { traceHeaders } from '@sallyport/observe';
import type { Sql } from '@sallyport/postgres';
import { z } from 'zod';
import { Declined, type Payments, type Refund } from '../payments/payments.js';
import { found } from './found.js';
import type { ToolCall, ToolStack } from './tool-stack.js';

interface Order {
  readonly amount_cents: number;
  readonly refunded_cents: number;
}

const Input = z.strictObject({
  order_id: z.int().positive().max(2_147_483_647),
  amount_cents: z.int().positive().max(100_000_000),
});
type Input = z.output<typeof Input>;

/**
 * Gives money back through a payment provider: sensitive, and never without an idempotency key. What is reserved, asked and
 * recorded goes under one key, so a call that was cut off anywhere can be repeated: it asks the provider what became of it.
 */
export function refundOrder(stack: ToolStack, payments: Payments): Tool {
  return stack.tool({
    name: 'refund_order',
    title: 'Refund an order',
    description: 'Refunds an order, in part or in full. Never more in all than was paid.',
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    owner: 'payments team',
    access: 'sensitive',
    depends: 'payments',
    effects: 'phased',
    idempotencyKey: 'required',
    limits: { perMinute: 10 },
    input: Input,
    output: z.object({ order_id: z.number(), refunded_cents: z.number(), left_cents: z.number() }),
    async handler(input, call) {
      const key = keyOf(call);
      await call.db.apart((sql) => reserve(sql, key, input));
      try {
        const refund = await payments.refund(input.order_id, input.amount_cents, key, traceHeaders(call));
        return await call.db.apart((sql) => record(sql, key, input, refund));
      } catch (error) {
        if (!(error instanceof Declined)) throw unanswered(error);
        await call.db.apart((sql) => undo(sql, key, input));
        throw new ToolError('POLICY_DENIED', 'The payment provider declined the refund. Nothing was refunded.');
      }
    },
    async reconcile(input: Input, call: ToolCall) {
      const key = keyOf(call);
      const refund = await payments.find(key, traceHeaders(call));
      return refund === undefined ? undefined : call.db.apart((sql) => record(sql, key, input, refund));
    },
  });
}

function keyOf({ effect }: ToolCall): string {
  if (effect === undefined) throw new Error('a refund without a key');
  return effect.downstreamKey;
}

/** From here on only the provider knows; with the same key it is asked. */
function unanswered(cause: unknown): ToolError {
  const message =
    'The payment provider did not answer. Repeat the call with the same idempotency_key: it finds out what became of the refund, and makes no second one.';
  return new ToolError('OUTCOME_UNKNOWN', message, { cause, retryable: true, retryAfterMs: 1_000 });
}

/** Sets the amount aside, once for each key: two refunds at the same time cannot exceed what was paid. */
async function reserve(sql: Sql, key: string, { order_id, amount_cents }: Input): Promise<void> {
  const order = await lock(sql, order_id);
  if ((await sql('select 1 from refunds where key = $1', [key])).length > 0) return;
  const left = order.amount_cents - order.refunded_cents;
  if (amount_cents > left) {
    throw new ToolError('INVALID_INPUT', `Only ${left} cents of order ${order_id} can still be refunded.`);
  }
  await sql('insert into refunds (key, order_id, amount_cents) values ($1, $2, $3)', [key, order_id, amount_cents]);
  await sql(
    `update orders set refunded_cents = refunded_cents + $2,
       status = case when refunded_cents + $2 = amount_cents then 'refunded' else status end
     where id = $1`,
    [order_id, amount_cents],
  );
}

async function record(sql: Sql, key: string, { order_id }: Input, refund: Refund) {
  await sql('update refunds set provider_id = $2 where key = $1', [key, refund.id]);
  const order = await lock(sql, order_id);
  return {
    order_id,
    refunded_cents: order.refunded_cents,
    left_cents: order.amount_cents - order.refunded_cents,
  };
}

async function undo(sql: Sql, key: string, { order_id, amount_cents }: Input): Promise<void> {
  await lock(sql, order_id);
  const gone = await sql('delete from refunds where key = $1 and provider_id is null returning key', [key]);
  if (gone.length === 0) return;
  await sql("update orders set refunded_cents = refunded_cents - $2, status = 'paid' where id = $1", [
    order_id,
    amount_cents,
  ]);
}

async function lock(sql: Sql, orderId: number): Promise<Order> {
  const orders = await sql<Order>(
    'select amount_cents::int, refunded_cents::int from orders where id = $1 for update',
    [orderId],
  );
  return found(orders, `order ${orderId}`);
}
