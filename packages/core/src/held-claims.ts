import type { Call } from './call.js';
import { claimVerdict, type Ended } from './claim-verdict.js';
import type { Clock } from './clock.js';
import { Heartbeat } from './heartbeat.js';
import type { Claim, ClaimRequest, Effects, HeldClaim, IdempotencyStore } from './idempotency-store.js';
import type { Handler } from './layer.js';
import type { Seat } from './roster.js';
import { settleOutcome } from './settle-outcome.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** A claim whose holder is gone turns unknown after this long; a living holder renews three times as often. */
const leaseMs = 30_000;

/** The claims this process holds: kept alive while their calls run, and each given its end, whenever that comes. */
export class HeldClaims {
  readonly #store: IdempotencyStore;
  readonly #heartbeat: Heartbeat<HeldClaim>;

  constructor(store: IdempotencyStore, clock: Clock) {
    this.#store = store;
    this.#heartbeat = new Heartbeat(leaseMs / 3, (held) => void store.renew(held, leaseMs).catch(ignore), clock);
  }

  /** What the store answers. A store that cannot is `DEPENDENCY_UNAVAILABLE`. */
  async claim(request: Omit<ClaimRequest, 'leaseMs'>): Promise<Claim> {
    try {
      return await this.#store.claim({ ...request, leaseMs });
    } catch (cause) {
      if (cause instanceof ToolError) throw cause;
      throw new ToolError('DEPENDENCY_UNAVAILABLE', 'Idempotency keys cannot be checked right now.', {
        retryAfterMs: 1_000,
        cause,
      });
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

function ignore(): void {}
