import type { HeldClaim, IdempotencyStore } from './idempotency-store.js';
import { writeOutcome } from './stored-outcome.js';
import { ToolError } from './tool-error.js';

/**
 * Stores a definitive outcome. One that is over what the store keeps is not cut: its caller has the whole answer, and in its
 * place an `OUTPUT_TOO_LARGE` is stored, which says to whoever repeats the call that it took effect. It never runs again.
 */
export async function settleOutcome(store: IdempotencyStore, held: HeldClaim, outcome: string): Promise<boolean> {
  const { maxResultBytes = Number.POSITIVE_INFINITY } = store;
  // A code unit is at most three bytes of UTF-8, so most outcomes are judged without encoding them.
  const certain = outcome.length * 3 <= maxResultBytes;
  const bytes = certain ? 0 : encoder.encode(outcome).length;
  return store.settle(held, bytes > maxResultBytes ? writeOutcome(notKept(bytes, maxResultBytes)) : outcome);
}

const encoder = new TextEncoder();

function notKept(bytes: number, maxBytes: number): ToolError {
  return new ToolError(
    'OUTPUT_TOO_LARGE',
    `The call took effect, and its first answer was given in full; with ${bytes} bytes it is over the ${maxBytes} that are kept to be given again. Do not repeat the call; read the result in another way.`,
  );
}
