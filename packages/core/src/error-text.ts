import { internalText } from './internal-text.js';
import { shortened } from './shortened.js';
import type { ToolError } from './tool-error.js';

/** `bound` sees answers only; what a handler words as an error is bounded here. */
const maxTextLength = 2_000;

/** One sentence for the model: the code, what happened, and when to try again. */
export function errorText(error: ToolError, errorId: string): string {
  const wait = error.retryAfterMs === undefined ? '' : ` Try again in ${seconds(error.retryAfterMs)}.`;
  const id = error.code === 'INTERNAL' || error.code === 'OUTCOME_UNKNOWN' ? ` Error id: ${errorId}.` : '';
  const message = error.code === 'INTERNAL' ? internalText : error.message;
  return `${error.code}: ${shortened(message, maxTextLength)}${wait}${id}`;
}

function seconds(ms: number): string {
  const count = Math.max(1, Math.ceil(ms / 1000));
  return count === 1 ? '1 second' : `${count} seconds`;
}
