import { argumentsText } from '../arguments-text.js';
import type { Call } from '../call.js';
import { claimAnswer } from '../claim-answer.js';
import { type Clock, systemClock } from '../clock.js';
import { HeldClaims, uncheckedInTime } from '../held-claims.js';
import { idempotencyArgument } from '../idempotency-key.js';
import type { HeldClaim, IdempotencyStore } from '../idempotency-store.js';
import { effectiveIdempotency, type IdempotentPolicy, idempotencyOf } from '../idempotent-policy.js';
import { interrupted } from '../interrupted.js';
import type { Layer } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { failedUnknown, type KeyKind, outcomeUnknown } from '../outcome-unknown.js';
import type { WithPrincipal } from '../principal.js';
import { type RandomId, randomId as systemRandomId } from '../random-id.js';
import { sha256 } from '../sha256.js';
import { maximumMsOf, timeAllowed, timeLeft } from '../time-allowed.js';
import { timedOut } from '../timed-out.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';
import { transactionalEffect } from '../transactional-effect.js';
import { isUrlElicitation } from '../url-elicitation.js';
import type { WithEffect } from '../with-effect.js';
import type { WithInput } from '../with-input.js';
import type { WithTenant } from './tenant.js';

/** How long results are kept, and by which clock claims are kept alive. */
export interface IdempotentOptions {
  /** Default 24 hours. */
  readonly retentionMs?: number;
  readonly clock?: Clock;
  readonly randomId?: RandomId;
}

/**
 * Makes repeated writes harmless (the semantics of draft-ietf-httpapi-idempotency-key-header-06). One key of one principal
 * on one tool runs once; the repeats get the stored answer, marked, or `IDEMPOTENCY_IN_PROGRESS`; other arguments under the
 * key get `IDEMPOTENCY_CONFLICT`. Definitive errors are answers too. An attempt that was interrupted where nobody can know
 * is `OUTCOME_UNKNOWN` until `reconcile` says otherwise: it is never run again because time passed.
 *
 * @example
 * ```ts
 * import { authorize, createStack, idempotent, memoryIdempotency, tenant, validate } from '@sallyport/core';
 *
 * createStack()
 *   .use(authorize())
 *   .use(tenant())
 *   .use(validate())
 *   .use(idempotent(memoryIdempotency(), { retentionMs: 60 * 60_000 }));
 * ```
 */
export function idempotent(
  store: IdempotencyStore,
  { retentionMs = 24 * 60 * 60 * 1_000, clock = systemClock, randomId = systemRandomId }: IdempotentOptions = {},
): Layer<WithPrincipal & WithTenant & WithInput, WithEffect, IdempotentPolicy> {
  if (!(retentionMs > 0)) throw new RangeError('retentionMs must be a positive number');
  const claims = new HeldClaims(store, clock);
  return {
    name: 'idempotent',
    fields: ['access', 'effects', 'idempotencyKey', 'reconcile'],
    policy: (tool) => effectiveIdempotency(tool, store, retentionMs),
    measures: () => claims.measures(),
    wrap: (next, tool) => {
      const policy = idempotencyOf(tool);
      if (policy === undefined) return next;
      const { effects } = policy;
      const reconcile = tool.effects === 'phased' ? tool.reconcile : undefined;
      const keyRule = tool.idempotencyKey ?? 'optional';
      const fallbackMs = typeof keyRule === 'object' ? keyRule.fallbackMs : undefined;
      const transact = effects === 'transactional' ? store.transact?.bind(store) : undefined;

      return async (call) => {
        if (keyRule === 'required' && call.idempotencyKey === undefined) {
          throw new ToolError('INVALID_INPUT', `${tool.name} needs an ${idempotencyArgument}.`);
        }
        if (call.signal.aborted) throw interrupted(call.signal);
        const { tenant, principal, idempotencyKey } = call;
        const remainingMs = timeLeft(tool, call, clock);
        const timed = { work: call.work, remainingMs };
        const byArguments = idempotencyKey === undefined && fallbackMs !== undefined;
        const keyed = idempotencyKey !== undefined || byArguments;
        const told = keyed ? argumentsText(call.input, call.sent) : undefined;
        // The two kinds of text cannot meet.
        const parts = told === undefined ? [] : told.of === 'input' ? [told.text] : [told.of, told.text];
        // Without a key every call is an effect of its own: the id a client gives its request repeats from session to session.
        const kind: KeyKind = byArguments ? 'arguments' : keyed ? 'key' : 'call';
        const key = byArguments ? parts : [keyed ? (idempotencyKey as string) : randomId()];
        const scope = [kind, tenant, principal.issuer, principal.subject, tool.name, ...key];
        const downstreamKey = await sha256('downstream', ...scope);
        const attempt = (fencingToken: number) => ({
          ...call,
          remainingMs,
          effect: { downstreamKey, fencingToken },
          // Past the point of no return: what was started is finished, and its result kept for the retry.
          ...(effects === 'phased' ? { signal: new AbortController().signal } : {}),
        });
        const below: typeof next =
          effects === 'phased' ? (call) => toldUnknown(next(call), tool.name, kind, reconcile !== undefined) : next;
        if (!keyed && transact === undefined) return below(attempt(0));

        const claimKey = await sha256('claim', ...scope);
        // With the key in it nobody who has only the store can try out arguments.
        const fingerprint = await sha256('fingerprint', ...scope, tool.version, ...parts);
        const request = { tenant, key: claimKey, fingerprint, retentionMs: byArguments ? fallbackMs : retentionMs };
        const interruption = LeanCall.interruptionOf(call);
        if (transact !== undefined) {
          return transactionalEffect(timed, {
            handler: (transaction, token) => next({ ...attempt(token), transaction }),
            transact: (run) => transact({ ...call, remainingMs }, keyed ? request : undefined, run),
            key: kind,
            timedOut: () => timedOut(tool, call, timeAllowed(maximumMsOf(tool), call.meta)),
            interruption,
            clock,
          });
        }
        const claim = await claims.claim(request, timed, interruption);
        if (claim.state !== 'claimed' && claim.state !== 'unknown') return claimAnswer(claim, byArguments);
        if (call.signal.aborted || remainingMs() <= 0) {
          await claims.giveBack(request, claim, timed);
          throw call.signal.aborted ? interrupted(call.signal) : uncheckedInTime();
        }
        const held: HeldClaim = { tenant, key: claimKey, token: claim.token };
        if (claim.state === 'claimed' || effects === 'natural') {
          return claims.run(below, attempt(claim.token), held, request, effects);
        }
        if (reconcile === undefined) {
          await claims.giveBack(request, claim, timed);
          throw outcomeUnknown(tool.name);
        }
        const instead = async (input: unknown, during: Call) => {
          try {
            return await reconcile(input as never, during as never);
          } catch (error) {
            // Whatever it threw, also an error that would free the key had the handler thrown it: nobody can tell.
            throw outcomeUnknown(tool.name, error);
          }
        };
        return claims.run(below, { ...attempt(claim.token), instead }, held, request, effects);
      };
    },
  };
}

/** Of what only its downstream knows, a fault of the handler's says nothing. */
async function toldUnknown(
  outcome: Promise<ToolResult>,
  name: string,
  key: KeyKind,
  reconciles: boolean,
): Promise<ToolResult> {
  try {
    return await outcome;
  } catch (error) {
    if (isUrlElicitation(error) || ToolError.from(error).code !== 'INTERNAL') throw error;
    throw failedUnknown(name, key, reconciles, error);
  }
}
