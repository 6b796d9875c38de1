import { errorBody } from './error-body.js';
import { errorText } from './error-text.js';
import { ReplayedError } from './replayed-error.js';
import type { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** Where the machine-readable part of an error is found in a result's `_meta`. */
export const errorMetaKey = 'dev.sallyport/error';

/**
 * The error as a tool result. The data is in `_meta`, never in `structuredContent`: a 1.x client that has listed the tools
 * validates that against the tool's output schema even when `isError` is set.
 */
export function errorResult(error: ToolError, errorId: string): ToolResult {
  return {
    content: [{ type: 'text', text: errorText(error, errorId) }],
    isError: true,
    _meta: { [errorMetaKey]: errorBody(error, errorId), ...(error instanceof ReplayedError ? error.mark : {}) },
  };
}
