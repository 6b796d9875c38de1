import type { Call } from './call.js';
import type { ToolFacts } from './tool-facts.js';

/** Where a client asks for less time than the tool's maximum, in milliseconds. It cannot ask for more. */
export const timeoutMetaKey = 'dev.sallyport/timeoutMs';

/**
 * How long a call may take, in milliseconds: what `deadline` decided for its tool, or less if the client asked for less. For
 * layers outside `deadline` that must not wait longer; `otherwise` where the stack has no `deadline`.
 */
export function timeAllowed(tool: Pick<ToolFacts, 'policy'>, meta: Call['meta'], otherwise: number): number {
  const decided = tool.policy.deadline as { readonly timeoutMs: number } | undefined;
  return shorterOf(decided?.timeoutMs ?? otherwise, meta);
}

/** The maximum, or what the client asks for when that is less. */
export function shorterOf(maximumMs: number, meta: Call['meta']): number {
  const asked = meta[timeoutMetaKey];
  return typeof asked === 'number' && asked > 0 ? Math.min(maximumMs, asked) : maximumMs;
}
