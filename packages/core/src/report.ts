import type { Call } from './call.js';
import type { ToolError } from './tool-error.js';

/** A call that failed, for the operator: the cause is here and not in the answer. */
export interface FailedCall {
  readonly error: ToolError;
  /** The same id the caller was given. */
  readonly errorId: string;
  readonly call: Call;
}

/** Told of every failed call. Must not throw. */
export type Report = (failed: FailedCall) => void;

/** Codes whose cause an operator needs; the others are answers, not faults. */
const faults: ReadonlySet<string> = new Set(['INTERNAL', 'OUTCOME_UNKNOWN', 'DEPENDENCY_UNAVAILABLE', 'TOOL_TIMEOUT']);

/** As much of an id that a client made up as is in the log. */
const maxIdLength = 128;

/** Writes one JSON line per fault to standard error. Neither arguments nor results are in it. */
export const reportToConsole: Report = ({ error, errorId, call }) => {
  if (!faults.has(error.code)) return;
  console.error(
    JSON.stringify({
      level: 'error',
      error_id: errorId,
      error_code: error.code,
      tool_name: call.tool.name,
      agent_id: call.auth?.subject,
      tenant: call.auth?.tenant,
      request_id: call.requestId.slice(0, maxIdLength),
      message: error.message,
      cause: describe(error.cause),
    }),
  );
};

/** Anything can be thrown, also what throws again when it is made a text. */
function describe(cause: unknown): unknown {
  if (cause === undefined) return undefined;
  try {
    if (!(cause instanceof Error)) return String(cause);
    return { name: String(cause.name), message: String(cause.message), stack: String(cause.stack) };
  } catch {
    return 'a thrown value that cannot be described';
  }
}
