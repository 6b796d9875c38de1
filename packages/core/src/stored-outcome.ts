import { type KeptError, ReplayedError } from './replayed-error.js';
import { sendableDetails } from './sendable-details.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** The text of a definitive outcome, for an idempotency store. */
export function writeOutcome(outcome: ToolResult | ToolError): string {
  if (!(outcome instanceof ToolError)) return JSON.stringify({ result: outcome });
  const { code, message, retryAfterMs, limit, details, retryable } = outcome;
  return JSON.stringify({
    error: { code, message, retryAfterMs, limit, details: sendableDetails(details), retryable },
  });
}

/** The outcome again, marked in the `_meta` of its result. The answer's text and data are the same, byte for byte. */
export function readOutcome(text: string, mark: Readonly<Record<string, unknown>>): ToolResult | ReplayedError {
  const stored = JSON.parse(text) as { readonly result: ToolResult } | { readonly error: KeptError };
  if ('result' in stored) return { ...stored.result, _meta: { ...stored.result._meta, ...mark } };
  return new ReplayedError(stored.error, mark);
}
