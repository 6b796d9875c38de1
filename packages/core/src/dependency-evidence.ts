import type { Call } from './call.js';
import type { Evidence } from './circuit-breaker.js';
import { LeanCall } from './lean-call.js';
import { isOwnTimeout } from './own-timeout.js';
import { hasOwnTime } from './time-allowed.js';
import { ToolError } from './tool-error.js';
import type { ToolFacts } from './tool-facts.js';
import { isUrlElicitation } from './url-elicitation.js';

/** Codes that speak of the dependency. The others are about the caller, or about this server. */
const faults: ReadonlySet<string> = new Set(['DEPENDENCY_UNAVAILABLE', 'INTERNAL', 'OUTCOME_UNKNOWN', 'OVERLOADED']);

/** Of an answer: only whether it was slow counts. */
export function evidenceOfAnswer(tookMs: number, slowMs: number): Evidence {
  return { failed: false, slow: tookMs >= slowMs };
}

/**
 * What a failed call says of the dependency; `undefined` for nothing. Who asked for less than the tool's own time may have failed
 * for the lack of it (a wait for a connection that would outlast it is refused at once): a client cannot open the breaker for
 * everybody. A timeout counts when the tool's own time was up. What took long is slow however it ended, also when it was cancelled.
 */
export function evidenceOfError(
  error: unknown,
  tookMs: number,
  slowMs: number,
  tool: ToolFacts,
  call: Call,
): Evidence | undefined {
  const slow = tookMs >= slowMs;
  const failed = isFault(error, tookMs, tool, call);
  return failed || slow ? { failed, slow } : undefined;
}

function isFault(error: unknown, tookMs: number, tool: ToolFacts, call: Call): boolean {
  if (isUrlElicitation(error) || LeanCall.interruptionOf(call).aborted || !hasOwnTime(tool, call.meta)) return false;
  return faults.has(ToolError.from(error).code) || isOwnTimeout(error, tookMs, tool, call.meta);
}
