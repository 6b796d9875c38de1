import { claimAnswer } from './claim-answer.js';
import { claimVerdict, type Ended } from './claim-verdict.js';
import type { Claim, EffectEnd } from './idempotency-store.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/**
 * Runs a write whose key, effect and result are saved in one transaction, or answers from what was saved before. What the
 * handler returns is saved with its effect; a definitive error is saved without it; anything else saves nothing.
 */
export async function transactionalEffect(
  handler: (transaction: unknown, token: number) => Promise<ToolResult>,
  transact: (run: (transaction: unknown, token: number) => Promise<EffectEnd>) => Promise<Claim>,
  byArguments: boolean,
): Promise<ToolResult> {
  let ended: Ended | undefined;
  const claim = await transact(async (transaction, token) => {
    ended = await handler(transaction, token).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    const verdict = claimVerdict(ended, 'transactional');
    if (verdict === 'release' || verdict === 'abandon') return { save: 'nothing' };
    return { save: 'result' in ended ? 'effect and result' : 'result', result: verdict.stored };
  });
  if (ended !== undefined) return settled(ended);
  if (claim.state === 'claimed') throw new Error('the store claimed the key and did not run the call');
  if (claim.state !== 'unknown') return claimAnswer(claim, byArguments);
  throw new ToolError('OUTCOME_UNKNOWN', 'Whether an earlier call with this idempotency key took effect is not known.');
}

function settled(ended: Ended): ToolResult {
  if ('error' in ended) throw ended.error;
  return ended.result;
}
