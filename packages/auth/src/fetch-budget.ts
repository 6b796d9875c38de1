const windowMs = 60_000;
const perWindow = 2;
/** After a failure the next attempt waits, so that both attempts of a minute are not spent on one hiccup. */
const afterFailureMs = 10_000;
/** From one attempt to the next of whoever has nothing to go on with: every call fails until one succeeds. */
const starvingMs = 5_000;

/**
 * How often an issuer may be asked: twice in any 60 seconds, and not within 10 seconds of a failure. Without anything of it to go on
 * with, every 5 seconds.
 */
export class FetchBudget {
  readonly #now: () => number;
  #attempts: readonly number[] = [];
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes one attempt, if there is one. A clock that was set back gives no attempts more than one set forward. */
  take(starving: boolean): boolean {
    const now = this.#now();
    const recent = this.#attempts.filter((at) => Math.abs(now - at) < windowMs);
    if (!starving && recent.length >= perWindow) return false;
    const [since, pauseMs] = starving ? [recent.at(-1), starvingMs] : [this.#failedAt, afterFailureMs];
    if (since !== undefined && Math.abs(now - since) < pauseMs) return false;
    this.#attempts = [...recent, now];
    return true;
  }

  failed(): void {
    this.#failedAt = this.#now();
  }
}
