import type { AuditEntry } from './audit-entry.js';
import { entryText } from './entry-text.js';

/** The statement that adds an entry to the trail, and its parameters. */
export function entryInsert(tenant: string, entry: AuditEntry): readonly [text: string, params: readonly string[]] {
  return ['INSERT INTO sallyport.audit_entries (tenant, entry) VALUES ($1, $2)', [tenant, entryText(entry)]];
}
