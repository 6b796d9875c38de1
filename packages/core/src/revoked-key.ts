import type { Revoked } from './deny-list.js';
import type { Principal } from './principal.js';

/** The text under which a deny list keeps an entry. Different entries have different texts, whatever is written in them. */
export function revokedKey(entry: Revoked): string {
  if ('tokenId' in entry) return JSON.stringify(['token', entry.issuer, entry.tokenId]);
  if ('subject' in entry) return JSON.stringify(['subject', entry.issuer, entry.subject]);
  return JSON.stringify(['tenant', entry.tenant]);
}

/** Every text under which a caller can be on a deny list. */
export function revokedKeysOf({ issuer, subject, tokenId, tenant }: Principal): string[] {
  return [
    revokedKey({ issuer, subject }),
    ...(tokenId === undefined ? [] : [revokedKey({ issuer, tokenId })]),
    ...(tenant === undefined ? [] : [revokedKey({ tenant })]),
  ];
}
