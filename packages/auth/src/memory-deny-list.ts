import {
  assertRevocation,
  type DenyList,
  type Principal,
  type Revoked,
  revokedKey,
  revokedKeysOf,
} from '@sallyport/core';

/** How large the list may get, and its clock. */
export interface MemoryDenyListOptions {
  /** Default 100,000. */
  readonly capacity?: number;
  /** Unix milliseconds. Default the system's wall clock. */
  readonly clock?: { now(): number };
}

/** Answers at once and knows nothing of other instances. */
export interface MemoryDenyList extends DenyList {
  isRevoked(principal: Principal): boolean;
  revoke(entry: Revoked, until: number): void;
  reinstate(entry: Revoked): boolean;
}

/**
 * A deny list in this process. An entry counts from the next call on. When the list is full of entries that still count,
 * `revoke` throws a `RangeError`: dropping one would bring a revoked token back to life. It throws for an entry that revokes nobody.
 *
 * @example
 * ```ts
 * import { jwtAuthenticator, memoryDenyList, revocable } from '@sallyport/auth';
 *
 * const denied = memoryDenyList();
 * const auth = revocable(
 *   jwtAuthenticator({
 *     issuer: 'https://login.example.com',
 *     audience: 'https://mcp.example.com/mcp',
 *     jwksUrl: 'https://login.example.com/jwks',
 *   }),
 *   denied,
 * );
 * denied.revoke({ issuer: 'https://login.example.com', subject: 'agent-7' }, Date.now() + 3_600_000);
 * ```
 */
export function memoryDenyList({ capacity = 100_000, clock = Date }: MemoryDenyListOptions = {}): MemoryDenyList {
  const entries = new Map<string, number>();
  const counts = (key: string) => (entries.get(key) ?? 0) > clock.now();
  const sweep = () => {
    for (const [key, until] of entries) if (until <= clock.now()) entries.delete(key);
  };
  return {
    isRevoked: (principal) => entries.size > 0 && revokedKeysOf(principal).some(counts),
    revoke(entry, until) {
      assertRevocation(entry, until, clock.now());
      const key = revokedKey(entry);
      if (!entries.has(key) && entries.size >= capacity) {
        sweep();
        if (entries.size >= capacity) throw new RangeError('the deny list is full');
      }
      // A shorter revocation does not end a longer one.
      entries.set(key, Math.max(until, entries.get(key) ?? 0));
    },
    reinstate(entry) {
      const key = revokedKey(entry);
      const was = counts(key);
      entries.delete(key);
      return was;
    },
  };
}
