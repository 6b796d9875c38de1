import { claimAnswer } from './claim-answer.js';
import { claimVerdict, type Ended } from './claim-verdict.js';
import type { Clock } from './clock.js';
import type { Claim, EffectEnd } from './idempotency-store.js';
import type { Interruption } from './interruption.js';
import { type KeyKind, savingUnknown } from './outcome-unknown.js';
import { settledWithin } from './settled-within.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';
import type { Timed } from './until-deadline.js';

/** How a transactional write is run, and for how long its caller waits. */
export interface TransactionalEffect {
  /** The handler, and the layers around it. */
  readonly handler: (transaction: unknown, token: number) => Promise<ToolResult>;
  /** The store's own. */
  readonly transact: (run: (transaction: unknown, token: number) => Promise<EffectEnd>) => Promise<Claim>;
  readonly key: KeyKind;
  readonly timedOut: () => ToolError;
  readonly interruption: Interruption;
  readonly clock: Clock;
}

/**
 * Runs a write whose key, effect and result are saved in one transaction, or answers from what was saved before. What the
 * handler returns is saved with its effect; a definitive error is saved without it; anything else saves nothing.
 *
 * The caller waits no longer than the call's time, whatever the store does; the transaction goes on to its end and keeps the
 * call's slot. Until the handler has ended, whoever leaves leaves nothing behind: the transaction is told to save nothing. Then
 * it is the transaction that decides: an answer that it may or may not save is `OUTCOME_UNKNOWN`.
 */
export async function transactionalEffect(call: Timed, effect: TransactionalEffect): Promise<ToolResult> {
  const { handler, transact, key, clock } = effect;
  let left = false;
  let ended: Ended | undefined;
  let saves: EffectEnd['save'] = 'nothing';
  let isDecided = (): void => {};
  const decided = new Promise<void>((resolve) => {
    isDecided = resolve;
  });
  const saved = transact(async (transaction, token) => {
    if (left) return { save: 'nothing' };
    const end = await handler(transaction, token).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    // Its caller was told that nothing was changed.
    if (left) return { save: 'nothing' };
    const verdict = claimVerdict(end, 'transactional');
    ended = end;
    if (typeof verdict === 'object') saves = 'result' in end ? 'effect and result' : 'result';
    isDecided();
    return typeof verdict === 'object' && saves !== 'nothing'
      ? { save: saves, result: verdict.stored }
      : { save: 'nothing' };
  });
  const answer = saved.then((claim) => (ended === undefined ? claimed(claim, key) : settled(ended)));
  const over = answer.then(ignore, ignore);
  try {
    const late = () => {
      throw effect.timedOut();
    };
    await settledWithin(Promise.race([decided, over]), call.remainingMs(), clock, late, effect.interruption);
  } catch (error) {
    left = true;
    call.work.detach(over);
    throw error;
  }
  return settledWithin(answer, call.remainingMs(), clock, () => {
    call.work.detach(over);
    // What saves no effect is true however the transaction ends.
    if (ended === undefined || saves === 'effect and result') throw savingUnknown(key);
    return settled(ended);
  });
}

function claimed(claim: Claim, key: KeyKind): ToolResult {
  if (claim.state === 'claimed') throw new Error('the store claimed the key and did not run the call');
  if (claim.state !== 'unknown') return claimAnswer(claim, key === 'arguments');
  throw new ToolError('OUTCOME_UNKNOWN', 'Whether an earlier call with this idempotency key took effect is not known.');
}

function settled(ended: Ended): ToolResult {
  if ('error' in ended) throw ended.error;
  return ended.result;
}

function ignore(): void {}
