import type { Principal } from './principal.js';

/** What is revoked: one token, everything of a subject, or everything of a tenant. */
export type Revoked =
  | { readonly issuer: string; readonly tokenId: string }
  | { readonly issuer: string; readonly subject: string }
  | { readonly tenant: string };

/** Which callers are revoked before their tokens expire. One list for all instances, or one each that is pushed to. */
export interface DenyList {
  /** Whether the caller is on the list. Throws or rejects when nobody can tell. */
  isRevoked(principal: Principal): boolean | Promise<boolean>;
  /**
   * The same, asked where the list is kept, for calls that must not rely on a copy. Rejects when it cannot be asked. Absent:
   * `isRevoked` is no copy.
   */
  isRevokedNow?(principal: Principal): Promise<boolean>;
  /**
   * Puts an entry on the list until that time, in Unix milliseconds: when the last token it concerns has expired. Throws or
   * rejects when the entry could not be kept, so that nobody believes in a revocation that did not happen; with what
   * `assertRevocation` throws, and nothing is stored, when it would revoke nobody.
   */
  revoke(entry: Revoked, until: number): void | Promise<void>;
  /**
   * Takes exactly this entry back before its time: its callers are let in again, unless another entry concerns them. Says whether it
   * was on the list. Throws or rejects when nobody can tell whether that was done.
   */
  reinstate(entry: Revoked): boolean | Promise<boolean>;
}
