import { sendableDetails } from './sendable-details.js';
import { shortened } from './shortened.js';
import type { ToolError } from './tool-error.js';

/** As names of limits go, plenty. */
const maxLimitLength = 300;

/** The machine-readable part of an error, as it reaches the client. */
export interface ErrorBody {
  readonly code: ToolError['code'];
  readonly retryable: boolean;
  readonly errorId: string;
  readonly retryAfterMs?: number;
  readonly limit?: string;
  readonly [detail: string]: unknown;
}

/** What a client may know of an error, without its text. */
export function errorBody(error: ToolError, errorId: string): ErrorBody {
  return {
    ...sendableDetails(error.details),
    code: error.code,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(error.retryAfterMs) }),
    errorId,
    ...(error.limit === undefined ? {} : { limit: shortened(error.limit, maxLimitLength) }),
  };
}
