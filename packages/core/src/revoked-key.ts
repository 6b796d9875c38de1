import type { Revoked } from './deny-list.js';
import type { Principal } from './principal.js';

/**
 * The text under which a deny list keeps an entry. Different entries have different texts, whatever is written in them.
 *
 * @example
 * ```ts
 * import { revokedKey } from '@sallyport/core';
 *
 * revokedKey({ tenant: 'acme' }); // '["tenant","acme"]'
 * ```
 */
export function revokedKey(entry: Revoked): string {
  if ('tokenId' in entry) return JSON.stringify(['token', entry.issuer, entry.tokenId]);
  if ('subject' in entry) return JSON.stringify(['subject', entry.issuer, entry.subject]);
  return JSON.stringify(['tenant', entry.tenant]);
}

/**
 * Every text under which a caller can be on a deny list.
 *
 * @example
 * ```ts
 * import { type Principal, revokedKeysOf } from '@sallyport/core';
 *
 * const isRevoked = (denied: ReadonlySet<string>, principal: Principal) =>
 *   revokedKeysOf(principal).some((key) => denied.has(key));
 * ```
 */
export function revokedKeysOf({ issuer, subject, tokenId, tenant }: Principal): string[] {
  return [
    revokedKey({ issuer, subject }),
    ...(tokenId === undefined ? [] : [revokedKey({ issuer, tokenId })]),
    ...(tenant === undefined ? [] : [revokedKey({ tenant })]),
  ];
}
