import type { Scope } from '../src/scope.js';

/** A scope without haste. */
export function scopeFor(tenant: string, rest: Partial<Scope> = {}): Scope {
  return { tenant, signal: new AbortController().signal, remainingMs: () => 30_000, ...rest };
}
