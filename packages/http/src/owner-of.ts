import type { Principal } from '@sallyport/core';

/** Whose something is: the same for every token of one agent in one tenant, different for any two of them. */
export function ownerOf({ issuer, subject, tenant }: Principal): string {
  return JSON.stringify([issuer, subject, tenant ?? null]);
}
