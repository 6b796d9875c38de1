import { createHash } from 'node:crypto';
import type { Principal } from '@sallyport/core';

/** A verified token is trusted without a new signature check for so long. */
const trustMs = 60_000;

type Verified = Principal & { readonly expiresAt: number };

/**
 * Remembers which tokens were verified, by SHA-256: the tokens themselves are not kept. An entry counts for at most 60
 * seconds, never past the token's `exp` and never before the moment it was verified. Verified again, a token keeps its
 * principal object. Bounded: the entry that was verified longest ago goes first.
 */
export class VerifiedTokens {
  readonly #entries = new Map<
    string,
    { readonly principal: Verified; readonly from: number; readonly until: number }
  >();
  readonly #running = new Map<string, Promise<Principal>>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(capacity: number, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
  }

  /** The principal of the token: from memory, or from `verify`, which runs once for callers that arrive together. */
  async principal(token: string, verify: (token: string) => Promise<Verified>): Promise<Principal> {
    const key = createHash('sha256').update(token).digest('base64');
    const entry = this.#entries.get(key);
    const now = this.#now();
    if (entry !== undefined && now >= entry.from && now < entry.until) return entry.principal;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = verify(token)
      .then(
        (principal) => this.#keep(key, principal),
        (error: unknown) => {
          this.#entries.delete(key);
          throw error;
        },
      )
      .finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  #keep(key: string, verified: Verified): Principal {
    const from = this.#now();
    const until = Math.min(from + trustMs, verified.expiresAt * 1000);
    const principal = this.#entries.get(key)?.principal ?? verified;
    this.#entries.delete(key);
    this.#entries.set(key, { principal, from, until });
    if (this.#entries.size > this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    return principal;
  }
}
