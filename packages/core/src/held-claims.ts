import type { Call } from './call.js';
import { claimVerdict, type Ended } from './claim-verdict.js';
import type { Clock } from './clock.js';
import { Heartbeat } from './heartbeat.js';
import type { Claim, ClaimRequest, Effects, HeldClaim, IdempotencyStore } from './idempotency-store.js';
import type { Interruption } from './interruption.js';
import type { Handler } from './layer.js';
import type { Seat } from './roster.js';
import { settleOutcome } from './settle-outcome.js';
import { settledWithin } from './settled-within.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** A claim whose holder is gone turns unknown after this long; a living holder renews three times as often. */
const leaseMs = 30_000;

/** The claims this process holds: kept alive while their calls run, and each given its end, whenever that comes. */
export class HeldClaims {
  readonly #store: IdempotencyStore;
  readonly #heartbeat: Heartbeat<HeldClaim>;
  readonly #clock: Clock;

  constructor(store: IdempotencyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#heartbeat = new Heartbeat(leaseMs / 3, (held) => void store.renew(held, leaseMs).catch(ignore), clock);
  }

  /**
   * What the store answers. A store that cannot, or not within `ms`, is `DEPENDENCY_UNAVAILABLE`; an interruption is thrown at
   * once. A claim that comes after its caller has left is given back.
   */
  async claim(request: Omit<ClaimRequest, 'leaseMs'>, ms: number, interruption: Interruption): Promise<Claim> {
    const claiming = this.#ask(request);
    try {
      return await settledWithin(claiming, ms, this.#clock, interruption, () => unchecked('in time'));
    } catch (error) {
      void claiming.then((claim) => this.#giveBack(request, claim), ignore);
      throw error;
    }
  }

  async #giveBack({ tenant, key }: Omit<ClaimRequest, 'leaseMs'>, claim: Claim): Promise<void> {
    if (claim.state === 'claimed') await this.release({ tenant, key, token: claim.token });
    else if (claim.state === 'unknown') await this.abandon({ tenant, key, token: claim.token });
  }

  async #ask(request: Omit<ClaimRequest, 'leaseMs'>): Promise<Claim> {
    try {
      return await this.#store.claim({ ...request, leaseMs });
    } catch (cause) {
      if (cause instanceof ToolError) throw cause;
      throw unchecked('right now', cause);
    }
  }

  /** The key is free again: nothing was done. Never rejects. */
  async release(held: HeldClaim): Promise<void> {
    await this.#store.release(held).catch(ignore);
  }

  /** Nobody knows what became of it. Never rejects. */
  async abandon(held: HeldClaim): Promise<void> {
    await this.#store.abandon(held).catch(ignore);
  }

  /** Runs what is below under the claim, and gives the claim its end, also when that comes after the answer. */
  async run<C extends Call>(below: Handler<C>, call: C, held: HeldClaim, effects: Effects): Promise<ToolResult> {
    const beating = this.#heartbeat.start(held);
    let result: ToolResult;
    try {
      result = await below(call);
    } catch (error) {
      const rest = call.work.rest.at(-1);
      if (rest === undefined) await this.#conclude(beating, { error }, effects);
      else
        void rest.then(
          (late) => this.#conclude(beating, { result: late }, effects),
          (late: unknown) => this.#conclude(beating, { error: late }, effects),
        );
      throw error;
    }
    await this.#conclude(beating, { result }, effects);
    return result;
  }

  /** Never rejects. A store that fails, or an answer that has no text, leaves the claim to expire into `unknown`. */
  async #conclude(beating: Seat<HeldClaim>, ended: Ended, effects: Effects): Promise<void> {
    const { member: held } = beating;
    this.#heartbeat.stop(beating);
    try {
      const verdict = claimVerdict(ended, effects);
      if (verdict === 'release') await this.#store.release(held);
      else if (verdict === 'abandon') await this.#store.abandon(held);
      else await settleOutcome(this.#store, held, verdict.stored);
    } catch {
      // By then it is the truth.
    }
  }
}

function unchecked(when: string, cause?: unknown): ToolError {
  return new ToolError('DEPENDENCY_UNAVAILABLE', `Idempotency keys cannot be checked ${when}.`, {
    retryAfterMs: 1_000,
    cause,
  });
}

function ignore(): void {}
