import type { Call } from './call.js';
import type { WithPrincipal } from './principal.js';

/** How a write is made safe against being repeated. See docs/idempotency.md. */
export type Effects = 'natural' | 'phased' | 'transactional';

/** What identifies one intended effect. */
export interface ClaimRequest {
  /** Whose effect it is: what a shared store keeps in one place, and whose room it takes in a bounded one. */
  readonly tenant: string;
  /** Tenant, principal, tool and key together, hashed. */
  readonly key: string;
  /** Hash of the validated arguments and the tool's version. */
  readonly fingerprint: string;
  /** How long a claim counts as held without `renew`, in milliseconds. */
  readonly leaseMs: number;
  /** How long the result is kept after it is settled, in milliseconds. */
  readonly retentionMs: number;
  /** How long whoever claims waits for the answer, in milliseconds. Default: as long as it takes. */
  readonly waitMs?: number;
}

/** What the store answers to a claim. */
export type Claim =
  /** Run. `token` is a fencing token: it grows with every claim of the key, and only its holder may settle. */
  | { readonly state: 'claimed'; readonly token: number }
  /** Another call with this key runs now. */
  | { readonly state: 'in-progress'; readonly retryAfterMs: number }
  /** The key was used with another fingerprint. */
  | { readonly state: 'conflict' }
  /** The key has its result. */
  | { readonly state: 'settled'; readonly result: string }
  /** A holder vanished between the claim and the result. `token` is this caller's, to reconcile under. */
  | { readonly state: 'unknown'; readonly token: number };

/** Names a claim that is held. */
export interface HeldClaim {
  readonly tenant: string;
  readonly key: string;
  readonly token: number;
}

/** What a store is told of the call whose effect it holds in a transaction. */
export interface EffectCall
  extends Pick<Call, 'tool' | 'requestId' | 'input' | 'signal' | 'meta' | 'priority'>,
    WithPrincipal {
  readonly tenant: string;
  /** Milliseconds left, never negative. */
  readonly remainingMs: () => number;
}

/** How the work inside a transaction ended. */
export type EffectEnd =
  /** Save the effect, and with it the result when the call has a key. */
  | { readonly save: 'effect and result'; readonly result: string }
  /** Undo the effect, and save the result: the tool decided that it fails. */
  | { readonly save: 'result'; readonly result: string }
  /** Undo everything: the key is free again. */
  | { readonly save: 'nothing' };

/**
 * Remembers claimed keys and results. A claim that expires turns `unknown`, never free: re-execution because a lease ran out
 * is how effects happen twice. Each verb is atomic; each rejects when the store cannot answer. A `settle`, `release` or
 * `abandon` that rejected is sent again, for five minutes, and one that had arrived all the same must change nothing then.
 */
export interface IdempotencyStore {
  /** The kinds of effect the store can make safe. */
  readonly effects: readonly Effects[];
  /** The largest result that is kept, in bytes of UTF-8. Absent: results have no limit of their own. */
  readonly maxResultBytes?: number;
  /** Claims the key, or says why not. */
  claim(request: ClaimRequest): Promise<Claim>;
  /** Keeps a claim from turning unknown. False when it is no longer this holder's. */
  renew(held: HeldClaim, leaseMs: number): Promise<boolean>;
  /**
   * Stores the result. False when the claim is no longer this holder's: nothing was stored. Rejects with a `RangeError` when
   * the result is over `maxResultBytes`: it is never cut, and the claim stays as it was.
   */
  settle(held: HeldClaim, result: string): Promise<boolean>;
  /** Gives the key back: the effect is known not to have happened. */
  release(held: HeldClaim): Promise<void>;
  /** The holder does not know whether the effect happened. */
  abandon(held: HeldClaim): Promise<void>;
  /**
   * Of a store that offers `transactional`: opens a transaction, claims the key in it, runs `run` with it, and saves as told,
   * all in that one transaction; without a request there is no key, and only the effect is saved. Any state but `claimed`
   * means that nothing ran; waits for no other holder of the key. Rejects when nothing was saved, or with `OUTCOME_UNKNOWN`
   * when nobody can know. Settles when the transaction has ended; whoever made the call is answered at its deadline all the
   * same, and is told that nothing was changed when `run` had not ended by then: `run` then says to save nothing.
   */
  readonly transact?: (
    call: EffectCall,
    request: Omit<ClaimRequest, 'leaseMs'> | undefined,
    run: (transaction: unknown, token: number) => Promise<EffectEnd>,
  ) => Promise<Claim>;
}
