import type { Call } from './call.js';
import { hasOwnTime, maximumMsOf } from './time-allowed.js';
import { ToolError } from './tool-error.js';
import type { ToolFacts } from './tool-facts.js';

/**
 * Whether what took so long had the tool's own time, and not only the shorter one that a client asked for. At least half of it: the
 * rest can have gone by before, in waiting for the store of keys.
 */
export function isOwnTimeout(error: unknown, tookMs: number, tool: ToolFacts, meta: Call['meta']): boolean {
  const ownMs = maximumMsOf(tool);
  return (
    error instanceof ToolError &&
    error.code === 'TOOL_TIMEOUT' &&
    hasOwnTime(tool, meta) &&
    (tookMs >= ownMs / 2 || ownMs === Number.POSITIVE_INFINITY)
  );
}
