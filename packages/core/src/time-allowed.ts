import type { Call } from './call.js';
import type { Clock } from './clock.js';
import type { ToolFacts } from './tool-facts.js';

/** Where a client asks for less time than the tool's maximum, in milliseconds. It cannot ask for more. */
export const timeoutMetaKey = 'dev.sallyport/timeoutMs';

/** How long a call may take, in milliseconds: the tool's maximum, or less if the client asks for less. */
export function timeAllowed(maximumMs: number, meta: Call['meta']): number {
  const asked = meta[timeoutMetaKey];
  return typeof asked === 'number' && asked > 0 ? Math.min(maximumMs, asked) : maximumMs;
}

/** The maximum that `deadline` decided for a tool, in milliseconds; `Infinity` where the stack has no `deadline`. */
export function maximumMsOf({ policy }: Pick<ToolFacts, 'policy'>): number {
  return (policy.deadline as { readonly timeoutMs: number } | undefined)?.timeoutMs ?? Number.POSITIVE_INFINITY;
}

/**
 * Whether a call has the tool's own time, and not a shorter one that its client asked for.
 *
 * @example
 * ```ts
 * import { hasOwnTime } from '@sallyport/core/adapter';
 *
 * const tool = { policy: { deadline: { timeoutMs: 30_000 } } };
 * hasOwnTime(tool, { 'dev.sallyport/timeoutMs': 40 }); // false
 * ```
 */
export function hasOwnTime(tool: Pick<ToolFacts, 'policy'>, meta: Call['meta']): boolean {
  const ownMs = maximumMsOf(tool);
  return timeAllowed(ownMs, meta) === ownMs;
}

/**
 * The time of a call that is left, in milliseconds, never negative. It is one for all layers: it begins to run in the outermost
 * that may have to wait, which puts `remainingMs` on the call.
 */
export function timeLeft(
  tool: Pick<ToolFacts, 'policy'>,
  call: Pick<Call, 'meta'> & { readonly remainingMs?: () => number },
  clock: Clock,
): () => number {
  if (call.remainingMs !== undefined) return call.remainingMs;
  const end = clock.now() + timeAllowed(maximumMsOf(tool), call.meta);
  return () => Math.max(0, end - clock.now());
}
