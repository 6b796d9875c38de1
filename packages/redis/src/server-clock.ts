/** How long an observation of the offset may be relied on, in milliseconds: clocks drift apart. */
const keptMs = 10_000;

/**
 * The server's clock as seen from here, never ahead of it: a reply's time is older than the reply. The best of the latest
 * observations counts, so a slow reply does no harm.
 */
export class ServerClock {
  #best = Number.NEGATIVE_INFINITY;
  #bestBefore = Number.NEGATIVE_INFINITY;
  #since = Number.NEGATIVE_INFINITY;

  /** Learns from a reply that says `serverMs` and arrived at `localMs`. */
  observe(serverMs: number, localMs: number): void {
    if (localMs - this.#since >= keptMs) {
      this.#bestBefore = this.#best;
      this.#best = Number.NEGATIVE_INFINITY;
      this.#since = localMs;
    }
    this.#best = Math.max(this.#best, serverMs - localMs);
  }

  /** Forgets what was observed: another server may answer from here on. */
  forget(): void {
    this.#best = this.#bestBefore = this.#since = Number.NEGATIVE_INFINITY;
  }

  /** What the server's clock shows at `localMs`, or a little less; `undefined` while nothing was observed. */
  at(localMs: number): number | undefined {
    const offset = Math.max(this.#best, this.#bestBefore);
    return offset === Number.NEGATIVE_INFINITY ? undefined : localMs + offset;
  }
}
