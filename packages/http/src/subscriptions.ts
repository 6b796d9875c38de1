import { type Principal, ToolError } from '@sallyport/core';
import { Refused } from './answer.js';
import { ownerOf } from './owner-of.js';
import { type RpcId, typedAnswer } from './rpc-error.js';

/** Whether the message opens a stream that has no end of its own. */
export function isSubscription(message: unknown): boolean {
  return (message as { readonly method?: unknown } | null)?.method === 'subscriptions/listen';
}

/** Counts the subscription streams each caller has open. */
export class Subscriptions {
  readonly #open = new Map<string, number>();
  readonly #maxPerOwner: number;

  constructor(maxPerOwner: number) {
    this.#maxPerOwner = maxPerOwner;
  }

  /** Counts one until the returned function is called. Throws 429 when this caller has as many as it may. */
  enter(principal: Principal, id: RpcId): () => void {
    const owner = ownerOf(principal);
    const count = this.#open.get(owner) ?? 0;
    if (count >= this.#maxPerOwner) {
      const limit = `${this.#maxPerOwner} subscriptions`;
      throw new Refused(
        typedAnswer(new ToolError('RATE_LIMITED', `This caller has ${limit} open. Close one first.`, { limit }), id),
      );
    }
    this.#open.set(owner, count + 1);
    return () => {
      const left = (this.#open.get(owner) ?? 0) - 1;
      if (left > 0) this.#open.set(owner, left);
      else this.#open.delete(owner);
    };
  }
}
