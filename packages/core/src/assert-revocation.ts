import type { Revoked } from './deny-list.js';

/** The members of each kind of entry, sorted and as JSON: nothing else names somebody. */
const kinds: ReadonlySet<string> = new Set(
  [['issuer', 'tokenId'], ['issuer', 'subject'], ['tenant']].map((members) => JSON.stringify(members)),
);
/** The last time that a date can say. */
const lastMs = 8_640_000_000_000_000;

/**
 * For every deny list, before it stores anything: throws unless this would revoke somebody. A `TypeError` for an entry with other
 * members than those of one kind of `Revoked`, or with one that is no text or an empty one; a `RangeError` for an `until` that
 * is no time, or is not after `now`. Both times are in Unix milliseconds, so the `exp` of a token, which is in seconds, is refused.
 *
 * @example
 * ```ts
 * import { assertRevocation } from '@sallyport/core';
 *
 * const assertHour = (now: number) => assertRevocation({ tenant: 'acme' }, now + 3_600_000, now);
 * ```
 */
export function assertRevocation(entry: Revoked, until: number, now: number): void {
  const members = Object.entries(Object(entry) as Record<string, unknown>);
  if (!kinds.has(JSON.stringify(members.map(([name]) => name).sort()))) {
    throw new TypeError('an entry is { issuer, tokenId }, { issuer, subject } or { tenant }, and nothing else');
  }
  for (const [name, value] of members) {
    if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a text that is not empty`);
  }
  if (!Number.isFinite(until) || until > lastMs) throw new RangeError('until must be a time in Unix milliseconds');
  if (until <= now) {
    throw new RangeError(
      'until is over already, so nothing would be revoked; it is in Unix milliseconds, not in seconds',
    );
  }
}
