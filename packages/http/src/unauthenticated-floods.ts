import type { IncomingMessage } from 'node:http';
import { type Clock, ToolError } from '@sallyport/core';
import { Refused } from './answer.js';
import { clientAddress } from './client-address.js';
import { typedAnswer } from './rpc-error.js';

const windowMs = 60_000;
/** Addresses that are remembered; beyond it the one that was quiet longest is forgotten. */
const maxAddresses = 10_000;

/** How many requests without a valid token an address may send, and how it is known. */
export interface FloodOptions {
  readonly perMinute: number;
  /** Proxies of ours in front of this server. */
  readonly trustedProxies: number;
}

/**
 * Counts, for each address, requests that were answered 401. One that sent `perMinute` of them at once is held to `perMinute`
 * evenly spread ones from then on (GCRA). Costs a good caller nothing while nobody floods. Bounded.
 */
export class UnauthenticatedFloods {
  /** When the count of each address will be zero again, in milliseconds of the clock. */
  readonly #clearAt = new Map<string, number>();
  readonly #options: FloodOptions;
  readonly #clock: Clock;

  constructor(options: FloodOptions, clock: Clock) {
    if (!(options.perMinute > 0)) throw new TypeError('maxUnauthenticatedPerMinute must be more than 0');
    if (!Number.isSafeInteger(options.trustedProxies) || options.trustedProxies < 0)
      throw new TypeError('trustedProxies must be a whole number, 0 or more');
    this.#options = options;
    this.#clock = clock;
  }

  /** How long the address must wait, in milliseconds: 0 when it may send. */
  waitMs(request: IncomingMessage): number {
    if (this.#clearAt.size === 0) return 0;
    const clearAt = this.#clearAt.get(this.#addressOf(request));
    if (clearAt === undefined) return 0;
    return Math.max(0, clearAt - this.#clock.now() - windowMs + this.#eachMs);
  }

  /** Counts a request that was not let in. */
  count(request: IncomingMessage): void {
    const address = this.#addressOf(request);
    const now = this.#clock.now();
    const clearAt = Math.max(now, this.#clearAt.get(address) ?? now) + this.#eachMs;
    this.#clearAt.delete(address);
    // However many come at once, an address that stops is let in again after a minute.
    this.#clearAt.set(address, Math.min(clearAt, now + windowMs));
    if (this.#clearAt.size <= maxAddresses) return;
    const quietest = this.#clearAt.keys().next();
    if (quietest.done !== true) this.#clearAt.delete(quietest.value);
  }

  get #eachMs(): number {
    return windowMs / this.#options.perMinute;
  }

  #addressOf(request: IncomingMessage): string {
    return clientAddress(request, this.#options.trustedProxies);
  }
}

/**
 * The 429 of an address that floods. For `server/discover` it is 503: a 2.x client that is answered 429 there takes the server for one
 * of the 2025 era, for as long as its connection lasts.
 */
export function flooding({ headers }: IncomingMessage, waitMs: number): Refused {
  const code = headers['mcp-method'] === 'server/discover' ? 'OVERLOADED' : 'RATE_LIMITED';
  return new Refused(
    typedAnswer(
      new ToolError(code, 'This address sends too many requests without a valid token.', {
        limit: 'unauthenticated requests per address',
        retryAfterMs: Math.ceil(waitMs / 1_000) * 1_000,
      }),
    ),
  );
}
