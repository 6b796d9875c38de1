import type { TraceHeaders } from '@sallyport/observe';
import { z } from 'zod';

const Refund = z.object({ id: z.string(), amount_cents: z.int() });
export type Refund = z.output<typeof Refund>;

/** The provider refused for good: nothing was refunded under this key, and nothing will be. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

/** What the tools ask of a payment provider. */
export interface Payments {
  /**
   * Makes a refund, once for each key, however often it is asked. Throws {@link Declined} when the provider refuses, and
   * another error when nobody can tell whether it was made.
   */
  refund(order: number, amountCents: number, idempotencyKey: string, trace: TraceHeaders): Promise<Refund>;
  /** What became of a key: the refund, or `undefined` when it is known that there is none. Throws when nobody can tell. */
  find(idempotencyKey: string, trace: TraceHeaders): Promise<Refund | undefined>;
}

const timeoutMs = 5_000;

/** A provider over HTTP. */
export function paymentsAt(url: string): Payments {
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(timeoutMs) });
  return {
    async refund(order, amountCents, idempotencyKey, trace) {
      const response = await ask('/refunds', {
        method: 'POST',
        headers: { ...trace, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify({ order: String(order), amount_cents: amountCents }),
      });
      if (response.status === 402) throw new Declined('the payment provider declined the refund');
      if (!response.ok) throw new Error(`the payment provider answered ${response.status}`);
      return Refund.parse(await response.json());
    },
    async find(idempotencyKey, trace) {
      const response = await ask(`/refunds/${encodeURIComponent(idempotencyKey)}`, { headers: trace });
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`the payment provider answered ${response.status}`);
      return Refund.parse(await response.json());
    },
  };
}
