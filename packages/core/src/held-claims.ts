import type { Call } from './call.js';
import { type ClaimVerdict, claimVerdict, type Ended } from './claim-verdict.js';
import type { Clock } from './clock.js';
import { Heartbeat } from './heartbeat.js';
import type { Claim, ClaimRequest, Effects, HeldClaim, IdempotencyStore } from './idempotency-store.js';
import type { Interruption } from './interruption.js';
import type { Handler } from './layer.js';
import type { Measure } from './measure.js';
import { settleOutcome } from './settle-outcome.js';
import { settledWithin } from './settled-within.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';
import { type Timed, untilDeadline } from './until-deadline.js';

/** A claim whose holder is gone turns unknown after this long; a living holder renews three times as often. */
const leaseMs = 30_000;
/** How often, and for how long, a store that failed is told again how a claim ended. */
const againMs = 1_000;
const keepMs = 300_000;
/** What may wait to be told again at once: results in UTF-16 code units, and claims. */
const maxWaitingLength = 64 * 1024 * 1024;
const maxWaiting = 10_000;

/** The claims this process holds: kept alive while their calls run, and each given its end, whenever that comes. */
export class HeldClaims {
  readonly #store: IdempotencyStore;
  readonly #heartbeat: Heartbeat<HeldClaim>;
  readonly #clock: Clock;
  /** Key to fingerprint, of claims that have ended and whose store could not be told so yet. */
  readonly #untold = new Map<string, string>();
  #untoldLength = 0;
  /** Ends that the store was never told. */
  #lost = 0;

  constructor(store: IdempotencyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#heartbeat = new Heartbeat(leaseMs / 3, (held) => void store.renew(held, leaseMs).catch(ignore), clock);
  }

  /** Ends that the store could not be told yet, and those that it never will be: their keys turn unknown. */
  measures(): Measure[] {
    const measure = (name: string, kind: Measure['kind'], help: string, value: number): Measure => {
      return { name, kind, help, value, labels: {} };
    };
    return [
      measure(
        'ends_waiting',
        'gauge',
        'Ended writes of which the store of keys could not be told yet.',
        this.#untold.size,
      ),
      measure(
        'ends_lost_total',
        'counter',
        'Ended writes that the store was never told of: their keys are unknown.',
        this.#lost,
      ),
    ];
  }

  /**
   * What the store answers. A store that cannot, or not in the call's time, is `DEPENDENCY_UNAVAILABLE`; an interruption is
   * thrown at once. A claim that comes after its caller has left is given back.
   */
  async claim(request: Omit<ClaimRequest, 'leaseMs'>, call: Timed, interruption: Interruption): Promise<Claim> {
    const untold = this.#untold.get(request.key);
    // The store may take it for unknown by now; this process knows how it ended.
    if (untold === request.fingerprint) return { state: 'in-progress', retryAfterMs: againMs };
    if (untold !== undefined) return { state: 'conflict' };
    const claiming = this.#ask({ ...request, waitMs: call.remainingMs() });
    const late = () => {
      throw uncheckedInTime();
    };
    try {
      return await settledWithin(claiming, call.remainingMs(), this.#clock, late, interruption);
    } catch (error) {
      void claiming.then((claim) => this.#giveBack(request, claim), ignore);
      throw error;
    }
  }

  /** Ends a claim under which nothing ran. Keeps nobody past the deadline, and never rejects. */
  async giveBack(request: Omit<ClaimRequest, 'leaseMs'>, claim: Claim, call: Timed): Promise<void> {
    await untilDeadline(call, this.#giveBack(request, claim), this.#clock);
  }

  async #giveBack({ tenant, key, fingerprint }: Omit<ClaimRequest, 'leaseMs'>, claim: Claim): Promise<void> {
    if (claim.state === 'claimed') await this.#end({ tenant, key, token: claim.token }, fingerprint, 'release');
    else if (claim.state === 'unknown') await this.#end({ tenant, key, token: claim.token }, fingerprint, 'abandon');
  }

  async #ask(request: Omit<ClaimRequest, 'leaseMs'>): Promise<Claim> {
    try {
      return await this.#store.claim({ ...request, leaseMs });
    } catch (cause) {
      if (cause instanceof ToolError) throw cause;
      throw unchecked('right now', cause);
    }
  }

  /**
   * Runs what is below under the claim, and gives the claim its end, also when that comes after the answer. Below has settled
   * when the store is told: a store that is slow to take the end keeps the caller no longer than the call's time, and the
   * call's slot until it is done.
   */
  async run<C extends Call>(
    below: Handler<C>,
    call: C & Timed,
    held: HeldClaim,
    { fingerprint }: Pick<ClaimRequest, 'fingerprint'>,
    effects: Effects,
  ): Promise<ToolResult> {
    const beating = this.#heartbeat.start(held);
    const conclude = async (ended: Ended): Promise<void> => {
      let verdict: ClaimVerdict | undefined;
      try {
        verdict = claimVerdict(ended, effects);
      } catch {
        // An answer that has no text leaves the claim to expire into `unknown`, which it is.
      }
      // A claim whose end is under way stays this process's; one that is given up must not be taken back by a beat.
      if (typeof verdict !== 'object') this.#heartbeat.stop(beating);
      if (verdict !== undefined) await this.#end(held, fingerprint, verdict);
      this.#heartbeat.stop(beating);
    };
    let result: ToolResult;
    try {
      result = await below(call);
    } catch (error) {
      // What `deadline` has left running is the handler, and comes to its answer; what others leave running comes to none.
      const rest = call.work.rest.at(-1);
      if (rest === undefined) await untilDeadline(call, conclude({ error }), this.#clock);
      else {
        const late = rest.then(
          (late) => conclude(isAnswer(late) ? { result: late } : { error }),
          (error: unknown) => conclude({ error }),
        );
        call.work.detach(late);
      }
      throw error;
    }
    await untilDeadline(call, conclude({ result }), this.#clock);
    return result;
  }

  /** Tells the store how a claim ended. Resolves at its first answer or failure; after a failure it is told again. */
  async #end(held: HeldClaim, fingerprint: string, verdict: ClaimVerdict): Promise<void> {
    const tell = async (): Promise<unknown> => {
      if (verdict === 'release') return this.#store.release(held);
      if (verdict === 'abandon') return this.#store.abandon(held);
      return settleOutcome(this.#store, held, verdict.stored);
    };
    try {
      await tell();
    } catch (error) {
      const length = typeof verdict === 'object' ? verdict.stored.length : 0;
      if (!(error instanceof RangeError)) void this.#tellAgain(held, fingerprint, length, tell);
    }
  }

  /** Until the store answers, or it has been too long: the claim has then expired into `unknown`, which it is. */
  async #tellAgain(
    { key }: HeldClaim,
    fingerprint: string,
    length: number,
    tell: () => Promise<unknown>,
  ): Promise<void> {
    if (this.#untold.size >= maxWaiting || this.#untoldLength + length > maxWaitingLength) {
      this.#lost++;
      return;
    }
    const until = this.#clock.now() + keepMs;
    this.#untold.set(key, fingerprint);
    this.#untoldLength += length;
    let told = false;
    while (!told && this.#clock.now() < until) {
      await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, againMs));
      told = await tell().then(
        () => true,
        () => false,
      );
    }
    this.#untold.delete(key);
    this.#untoldLength -= length;
    if (!told) this.#lost++;
  }
}

function isAnswer(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null && 'content' in value;
}

/** For a call whose time was over before its key was known to be its own: nothing ran. */
export function uncheckedInTime(): ToolError {
  return unchecked('in time');
}

function unchecked(when: string, cause?: unknown): ToolError {
  return new ToolError('DEPENDENCY_UNAVAILABLE', `Idempotency keys cannot be checked ${when}.`, {
    retryAfterMs: 1_000,
    cause,
  });
}

function ignore(): void {}
