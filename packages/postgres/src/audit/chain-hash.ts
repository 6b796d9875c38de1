import { createHash } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';

/** An entry as it lies in the trail. */
export interface StoredEntry {
  readonly id: string;
  readonly tenant: string;
  /** ISO 8601 in UTC, to the microsecond. */
  readonly at: string;
  /** As it was written. */
  readonly entry: string;
}

/** What stands for the hash before the first. */
export const chainStart = '0'.repeat(64);

/** The hash of the entry at place `seq` of its tenant's chain, after `before`: SHA-256 over canonical JSON (RFC 8785). */
export function chainHash(before: string, seq: number, { id, tenant, at, entry }: StoredEntry): string {
  return createHash('sha256').update(canonicalJson({ before, seq, id, tenant, at, entry })).digest('hex');
}
