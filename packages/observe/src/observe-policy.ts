import { shortText } from './chosen-text.js';
import { redactedJson, redactText } from './redact-text.js';

/** What a tool may say for `observe`. */
export interface ObservePolicy {
  /** Arguments that may be in the log, by name. Default none. What looks like a secret is still taken out of them. */
  readonly logged?: readonly string[];
}

/** The arguments that a tool lets be seen, without what looks like a secret. */
export function optedIn(names: readonly string[], input: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const own = input as Readonly<Record<string, unknown>>;
  const found = names.filter((name) => Object.hasOwn(own, name));
  return Object.fromEntries(found.map((name) => [name, shown(own[name])]));
}

function shown(value: unknown): unknown {
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) && Math.abs(value) > 1e11 ? '[redacted]' : value;
  return shortText(typeof value === 'string' ? redactText(value) : redactedJson(value));
}
