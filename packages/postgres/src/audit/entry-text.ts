import { canonicalJson } from '@sallyport/core';
import type { AuditEntry } from './audit-entry.js';

/** Escapes, and of those the ones that `jsonb` refuses: of a zero byte, and of half a surrogate pair. Whole pairs are not escaped. */
const escapes = /\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g;

/**
 * The canonical JSON of an entry, as it is kept and hashed. An agent may send texts that the `jsonb` of Postgres cannot hold: what
 * it refuses of them is written out, as the six characters `\u0000` or `\ud800`, so that who asks the trail with SQL can cast it.
 */
export function entryText(entry: AuditEntry): string {
  return canonicalJson(entry).replace(escapes, (written, refused?: string) =>
    refused === undefined ? written : `\\\\${refused}`,
  );
}
