import {
  type Call,
  type ErrorCode,
  errorTable,
  replayedMetaKey,
  ToolError,
  type ToolFacts,
  type ToolResult,
} from '@sallyport/core';
import { hasOwnTime, ReplayedError } from '@sallyport/core/adapter';

/** How a call ended, in the words of the log. */
type Status = 'success' | 'error' | 'rate_limited' | 'denied' | 'shed' | 'cancelled' | 'replayed';

/** What telemetry knows of the end of a call. */
export interface Ended {
  readonly status: Status;
  /** A code of the error table, or `tool_error` for an error that the handler worded as its result. */
  readonly code: ErrorCode | 'tool_error' | undefined;
  /** Whether the server, and not the caller, is to blame. */
  readonly isFault: boolean;
}

const success: Ended = { status: 'success', code: undefined, isFault: false };
const replayed: Ended = { status: 'replayed', code: undefined, isFault: false };
/** A client that gave its call less time than the tool has did not wait longer: that is its affair. */
const notWaitedFor: Ended = { status: 'cancelled', code: 'TOOL_TIMEOUT', isFault: false };
const toolError: Ended = { status: 'error', code: 'tool_error', isFault: true };

/** How a call that was answered ended. */
export function endedWith({ isError, _meta }: ToolResult): Ended {
  if (_meta !== undefined && _meta[replayedMetaKey] === true) return replayed;
  return isError === true ? toolError : success;
}

const statuses: Partial<Record<ErrorCode, Status>> = {
  UNAUTHENTICATED: 'denied',
  INSUFFICIENT_SCOPE: 'denied',
  TENANT_FORBIDDEN: 'denied',
  POLICY_DENIED: 'denied',
  POLICY_REVIEW_REQUIRED: 'denied',
  APPROVAL_REJECTED: 'denied',
  RATE_LIMITED: 'rate_limited',
  BUDGET_EXHAUSTED: 'rate_limited',
  OVERLOADED: 'shed',
  CANCELLED: 'cancelled',
};
const faults: ReadonlySet<string> = new Set<ErrorCode>([
  'DEPENDENCY_UNAVAILABLE',
  'INTERNAL',
  'OUTCOME_UNKNOWN',
  'OUTPUT_TOO_LARGE',
  'OVERLOADED',
  'TOOL_TIMEOUT',
]);

const ofCode = new Map<ErrorCode, Ended>(
  (Object.keys(errorTable) as ErrorCode[]).map((code) => [
    code,
    { status: statuses[code] ?? 'error', code, isFault: faults.has(code) },
  ]),
);

/** JSON-RPC code of "open this URL first": the SDK answers it itself, and asks for something as an answer may do. */
const urlElicitationRequired = -32042;

/** Whether the call was answered in another way than by a result, and without a report. */
export function isElicitation(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown as { readonly code?: unknown }).code === urlElicitationRequired;
}

/** How a call that threw ended. */
export function failedWith(error: unknown, tool: ToolFacts, { meta }: Pick<Call, 'meta'>): Ended {
  if (isElicitation(error)) return success;
  if (error instanceof ReplayedError) return { ...replayed, code: error.code };
  const { code } = ToolError.from(error);
  return code === 'TOOL_TIMEOUT' && !hasOwnTime(tool, meta) ? notWaitedFor : (ofCode.get(code) ?? toolError);
}
