import type { HardenedCall } from '@sallyport/core';
import type { Scope } from '../db/database.js';

/** What the database must know of a call: whose rows it may touch, how long it may take, and who to charge it to. */
export function scopeOf({ tenant, signal, remainingMs, principal, tool }: HardenedCall): Scope {
  return { tenant, signal, remainingMs, tag: `${principal.subject}/${tool.name}` };
}
