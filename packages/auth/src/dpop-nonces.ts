import { createHmac } from 'node:crypto';

/** A nonce is given out for so long, and taken for as long again. */
const slotMs = 150_000;
const minKeyBytes = 32;

/** Values that a client can only have from this server, and only lately. */
export interface DpopNonces {
  /** The one to give out now. */
  current(): string;
  /** Whether this one was given out within the last 5 minutes, by any instance with the same key. */
  isGood(nonce: unknown): boolean;
}

/**
 * Nonces of a resource server (RFC 9449 section 9), made from the key and the time, so that nothing is kept and all instances
 * with one key take each other's. Throws a `TypeError` for a key of less than 256 bits.
 */
export function dpopNonces(key: Uint8Array, now: () => number): DpopNonces {
  if (key.byteLength < minKeyBytes) throw new TypeError(`dpopNonceKey must have ${minKeyBytes} bytes or more`);
  const made = new Map<number, string>();
  const nonceOf = (slot: number): string => {
    const known = made.get(slot);
    if (known !== undefined) return known;
    const nonce = createHmac('sha256', key).update(`dpop-nonce ${slot}`).digest('base64url');
    if (made.size >= 8) made.clear();
    made.set(slot, nonce);
    return nonce;
  };
  const slotNow = () => Math.floor(now() / slotMs);
  return {
    current: () => nonceOf(slotNow()),
    isGood(nonce) {
      const slot = slotNow();
      // The next one as well: another instance's clock may be a little ahead.
      return typeof nonce === 'string' && [slot, slot - 1, slot + 1].some((near) => nonceOf(near) === nonce);
    },
  };
}
