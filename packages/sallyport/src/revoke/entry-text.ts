import type { Revoked } from '@sallyport/core';

/** An entry of the deny list in words: `subject agent-7 of https://login.example.com`. */
export function entryText(entry: Revoked): string {
  if ('tenant' in entry) return `tenant ${entry.tenant}`;
  return 'subject' in entry
    ? `subject ${entry.subject} of ${entry.issuer}`
    : `token ${entry.tokenId} of ${entry.issuer}`;
}
