import type { Claim } from './idempotency-store.js';
import { ReplayedError } from './replayed-error.js';
import { readOutcome } from './stored-outcome.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** In `_meta` of an answer that was not made by running the tool again. */
export const replayedMetaKey = 'dev.sallyport/replayed';
/** In `_meta` of an answer that was replayed because equal arguments came again, without a key. */
export const deduplicatedMetaKey = 'dev.sallyport/deduplicated';

/** The answer to a call whose claim is not its own to run: the stored one, marked, or the error that says why there is none. */
export function claimAnswer(claim: Exclude<Claim, { token: number }>, byArguments: boolean): ToolResult {
  switch (claim.state) {
    case 'conflict':
      throw new ToolError(
        'IDEMPOTENCY_CONFLICT',
        'This idempotency key was used with other arguments. Use a new key for a new effect.',
      );
    case 'in-progress':
      throw new ToolError('IDEMPOTENCY_IN_PROGRESS', 'The first call with this idempotency key still runs.', {
        retryAfterMs: claim.retryAfterMs,
      });
    case 'settled': {
      const mark = { [replayedMetaKey]: true, ...(byArguments ? { [deduplicatedMetaKey]: true } : {}) };
      const outcome = readOutcome(claim.result, mark);
      if (outcome instanceof ReplayedError) throw outcome;
      return outcome;
    }
  }
}
