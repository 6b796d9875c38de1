import type { ToolResult } from '@sallyport/core';
import { estimateSize, type SizeEstimate } from './estimate-size.js';

/** How large the arguments of a call are, and its answer, when there was one. */
export interface CallSize {
  readonly input: SizeEstimate;
  readonly output: SizeEstimate | undefined;
}

export function callSize(input: unknown, result: ToolResult | undefined): CallSize {
  const output = result === undefined ? undefined : estimateSize(result.structuredContent ?? result.content ?? result);
  return { input: estimateSize(input), output };
}
