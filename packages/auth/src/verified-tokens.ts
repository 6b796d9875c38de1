import { AuthError } from './auth-error.js';
import type { HashedCredentials } from './last-credentials.js';
import type { TokenPrincipal } from './principal-of.js';
import { tokenHash } from './token-hash.js';

/** What is known about a token that was verified. */
export interface VerifiedToken {
  readonly principal: TokenPrincipal;
  /** The thumbprint of the key it is bound to (RFC 9449 section 6.1). */
  readonly jkt?: string | undefined;
}

/** One object for each token: there are many. */
interface Entry extends VerifiedToken {
  readonly from: number;
  readonly until: number;
}

/**
 * Remembers which tokens were verified, by SHA-256: the tokens themselves are not kept. An entry counts for at most `trustMs`,
 * never past the token's `exp` and never before the moment it was verified. Verified again, a token keeps its principal
 * object. Bounded: the entry that was verified longest ago goes first.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Map<string, Promise<VerifiedToken>>();
  readonly #capacity: number;
  readonly #trustMs: number;
  readonly #now: () => number;
  /** How often a token was asked about that was remembered, and one that was not. */
  hits = 0;
  misses = 0;

  constructor(capacity: number, trustMs: number, now: () => number) {
    this.#capacity = capacity;
    this.#trustMs = trustMs;
    this.#now = now;
  }

  /** What the token says: from memory and at once, or from `verify`, which runs once for callers that arrive together. */
  get(
    { token, hash: key }: Pick<HashedCredentials, 'token' | 'hash'>,
    verify: (token: string) => Promise<VerifiedToken>,
  ): VerifiedToken | Promise<VerifiedToken> {
    const entry = this.#entries.get(key);
    const now = this.#now();
    if (entry !== undefined && now >= entry.from && now < entry.until) {
      this.hits++;
      return entry;
    }
    this.misses++;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = verify(token)
      .then(
        (verified) => this.#keep(key, verified),
        (error: unknown) => {
          // What could not be asked now is not forgotten: the same token shall be the same principal afterwards.
          if (!(error instanceof AuthError && error.kind === 'unavailable')) this.#entries.delete(key);
          throw error;
        },
      )
      .finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  /** Whether the token was verified before, however long ago, and has not expired. */
  has(token: string): boolean {
    const entry = this.#entries.get(tokenHash(token));
    return entry !== undefined && this.#now() < entry.principal.expiresAt * 1_000;
  }

  #keep(key: string, fresh: VerifiedToken): VerifiedToken {
    const from = this.#now();
    const until = Math.min(from + this.#trustMs, fresh.principal.expiresAt * 1000);
    const known = this.#entries.get(key);
    const principal =
      known !== undefined && isSame(known.principal, fresh.principal) ? known.principal : fresh.principal;
    const entry: Entry = { principal, jkt: fresh.jkt, from, until };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    return entry;
  }
}

/** A signed token says the same for ever; what an issuer is asked about one may change. */
function isSame(known: TokenPrincipal, fresh: TokenPrincipal): boolean {
  return JSON.stringify(known) === JSON.stringify(fresh);
}
