import type { Effects } from './idempotency-store.js';
import { writeOutcome } from './stored-outcome.js';
import { ToolError } from './tool-error.js';
import { isInputRequired, type ToolResult } from './tool-result.js';
import { isUrlElicitation } from './url-elicitation.js';

/** How a call ended, below the claim. */
export type Ended = { readonly result: ToolResult } | { readonly error: unknown };

/** What becomes of a claim: the key is free again, nobody knows, or this is kept for replay. */
export type ClaimVerdict = 'release' | 'abandon' | { readonly stored: string };

/** Errors that say nothing was done: the key is free again. */
const refusals: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'INSUFFICIENT_SCOPE',
  'RATE_LIMITED',
  'BUDGET_EXHAUSTED',
  'OVERLOADED',
  'DEPENDENCY_UNAVAILABLE',
  'POLICY_REVIEW_REQUIRED',
  'SHUTTING_DOWN',
]);
/** Errors after which nobody knows. */
const uncertain: ReadonlySet<string> = new Set(['INTERNAL', 'TOOL_TIMEOUT', 'CANCELLED', 'OUTCOME_UNKNOWN']);

/** Decides what becomes of the claim of a call that ended. Throws when the answer has no text. */
export function claimVerdict(ended: Ended, effects: Effects): ClaimVerdict {
  if ('result' in ended) return isInputRequired(ended.result) ? 'release' : { stored: writeOutcome(ended.result) };
  const { error } = ended;
  if (isUrlElicitation(error)) return 'release';
  if (!(error instanceof ToolError)) return effects === 'phased' ? 'abandon' : 'release';
  if (refusals.has(error.code)) return 'release';
  if (uncertain.has(error.code)) return effects === 'phased' ? 'abandon' : 'release';
  return { stored: writeOutcome(error) };
}
