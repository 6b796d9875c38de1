import { ToolError } from './tool-error.js';
import type { ToolFacts } from './tool-facts.js';

/** Timers may be this much early. */
const toleranceMs = 10;

/** Whether the tool's own time was up, and not only the shorter one that a client asked for. */
export function isOwnTimeout(error: unknown, tookMs: number, { policy }: ToolFacts): boolean {
  const { timeoutMs = 0 } = (policy.deadline ?? {}) as { readonly timeoutMs?: number };
  return error instanceof ToolError && error.code === 'TOOL_TIMEOUT' && tookMs >= timeoutMs - toleranceMs;
}
