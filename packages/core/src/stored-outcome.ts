import type { ErrorCode } from './error-table.js';
import { sendableDetails } from './sendable-details.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** The text of a definitive outcome, for an idempotency store. */
export function writeOutcome(outcome: ToolResult | ToolError): string {
  if (!(outcome instanceof ToolError)) return JSON.stringify({ result: outcome });
  const { code, message, retryAfterMs, limit, details } = outcome;
  return JSON.stringify({ error: { code, message, retryAfterMs, limit, details: sendableDetails(details) } });
}

/** The outcome again, marked in its `_meta` or, for an error, in its data. The answer's text is the same, byte for byte. */
export function readOutcome(text: string, mark: Readonly<Record<string, unknown>>): ToolResult | ToolError {
  const stored = JSON.parse(text) as StoredOutcome;
  if ('result' in stored) return { ...stored.result, _meta: { ...stored.result._meta, ...mark } };
  const { code, message, details, ...rest } = stored.error;
  return new ToolError(code, message, { ...rest, details: { ...details, ...mark } });
}

type StoredOutcome =
  | { readonly result: ToolResult }
  | {
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly retryAfterMs?: number;
        readonly limit?: string;
        readonly details?: Readonly<Record<string, unknown>>;
      };
    };
