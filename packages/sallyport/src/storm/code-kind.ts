import type { ErrorCode } from '@sallyport/core';

/** For each code, whether the call was refused before its handler ran (`denied`), or let in and then not done (`failed`). */
const kinds: Readonly<Record<ErrorCode, 'denied' | 'failed'>> = {
  UNAUTHENTICATED: 'denied',
  INSUFFICIENT_SCOPE: 'denied',
  TENANT_FORBIDDEN: 'denied',
  INVALID_INPUT: 'failed',
  RATE_LIMITED: 'denied',
  BUDGET_EXHAUSTED: 'denied',
  OVERLOADED: 'denied',
  DEPENDENCY_UNAVAILABLE: 'denied',
  TOOL_TIMEOUT: 'failed',
  CANCELLED: 'failed',
  POLICY_DENIED: 'denied',
  POLICY_REVIEW_REQUIRED: 'denied',
  APPROVAL_REJECTED: 'denied',
  IDEMPOTENCY_CONFLICT: 'failed',
  IDEMPOTENCY_IN_PROGRESS: 'denied',
  OUTCOME_UNKNOWN: 'failed',
  OUTPUT_TOO_LARGE: 'failed',
  SHUTTING_DOWN: 'denied',
  INTERNAL: 'failed',
};

const denyingStatuses: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** What an error with this code is. A code that is not ours is judged by the HTTP status it came with. */
export function codeKind(code: string, status: number): 'denied' | 'failed' {
  if (isOurs(code)) return kinds[code];
  return denyingStatuses.has(status) ? 'denied' : 'failed';
}

function isOurs(code: string): code is ErrorCode {
  return Object.hasOwn(kinds, code);
}
