import type { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** Where the machine-readable part of an error is found in a result's `_meta`. */
export const errorMetaKey = 'dev.sallyport/error';

/** The machine-readable part of an error, as it reaches the client. */
export interface ErrorBody {
  readonly code: ToolError['code'];
  readonly retryable: boolean;
  readonly errorId: string;
  readonly retryAfterMs?: number;
  readonly limit?: string;
  readonly [detail: string]: unknown;
}

/**
 * What a client may know of an error, without its text.
 *
 * @example
 * ```ts
 * import { errorBody, ToolError } from '@sallyport/core';
 *
 * const error = new ToolError('RATE_LIMITED', 'Too many calls.', { retryAfterMs: 1_500 });
 * errorBody(error, 'e-1'); // { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 1500, errorId: 'e-1' }
 * ```
 */
export function errorBody(error: ToolError, errorId: string): ErrorBody {
  return {
    ...error.details,
    code: error.code,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(error.retryAfterMs) }),
    errorId,
    ...(error.limit === undefined ? {} : { limit: error.limit }),
  };
}

/** `bound` sees answers only; what a handler words as an error is bounded here. */
const maxTextLength = 2_000;

function shortened(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}…`;
}

/**
 * One sentence for the model: the code, what happened, and when to try again.
 *
 * @example
 * ```ts
 * import { errorText, ToolError } from '@sallyport/core';
 *
 * errorText(new ToolError('INVALID_INPUT', 'There is no order 7.'), 'e-1'); // 'INVALID_INPUT: There is no order 7.'
 * ```
 */
export function errorText(error: ToolError, errorId: string): string {
  const wait = error.retryAfterMs === undefined ? '' : ` Try again in ${seconds(error.retryAfterMs)}.`;
  const id = error.code === 'INTERNAL' || error.code === 'OUTCOME_UNKNOWN' ? ` Error id: ${errorId}.` : '';
  return `${error.code}: ${shortened(error.message)}${wait}${id}`;
}

/**
 * The error as a tool result. The data is in `_meta`, never in `structuredContent`: a 1.x client that has listed the tools
 * validates that against the tool's output schema even when `isError` is set.
 *
 * @example
 * ```ts
 * import { errorMetaKey, errorResult, ToolError } from '@sallyport/core';
 *
 * const result = errorResult(new ToolError('INVALID_INPUT', 'There is no order 7.'), 'e-1');
 * result._meta?.[errorMetaKey]; // { code: 'INVALID_INPUT', retryable: false, errorId: 'e-1' }
 * ```
 */
export function errorResult(error: ToolError, errorId: string): ToolResult {
  return {
    content: [{ type: 'text', text: errorText(error, errorId) }],
    isError: true,
    _meta: { [errorMetaKey]: errorBody(error, errorId) },
  };
}

function seconds(ms: number): string {
  const count = Math.max(1, Math.ceil(ms / 1000));
  return count === 1 ? '1 second' : `${count} seconds`;
}
