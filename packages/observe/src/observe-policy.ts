import { PolicyError, type ToolFacts, type ToolResult } from '@sallyport/core';
import { shortText } from './chosen-text.js';
import { redactedJson, redactText } from './redact-text.js';

/** What a tool may say for `observe`. */
export interface ObservePolicy {
  /** Arguments that may be in the log, by name. Default none. What looks like a secret is still taken out of them. */
  readonly logged?: readonly string[];
  /**
   * Whether its results are on the span, as `gen_ai.tool.call.result`: JSON of at most 2,000 characters, without what looks like a
   * secret. For tools whose answers are nobody's data. Default false.
   */
  readonly tracedResult?: boolean;
}

/** What of it is declared, for `explain`. Throws a `PolicyError` for what cannot be meant. */
export function observePolicy({
  name,
  logged,
  tracedResult,
}: Pick<ToolFacts, 'name'> & Partial<ObservePolicy>): ObservePolicy | undefined {
  if (logged !== undefined && !(Array.isArray(logged) && logged.every((one) => typeof one === 'string'))) {
    throw new PolicyError(name, 'logged', 'must be names of arguments');
  }
  if (tracedResult !== undefined && typeof tracedResult !== 'boolean') {
    throw new PolicyError(name, 'tracedResult', 'must be true or false');
  }
  if (logged === undefined && tracedResult === undefined) return undefined;
  return { ...(logged === undefined ? {} : { logged }), ...(tracedResult === undefined ? {} : { tracedResult }) };
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

/** What a tool lets be seen of its result: what a client with schemas reads, otherwise the content. */
export function shownResult({ structuredContent, content }: ToolResult): string {
  try {
    return redactedJson(structuredContent ?? content);
  } catch {
    return 'a result that is no JSON';
  }
}
