import { errorResult } from './error-result.js';
import { rpcErrorOf } from './rpc-error.js';
import type { Outcome } from './tool.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';

/** The result of `tools/call`. Throws only what the SDK itself must answer. */
export function toolAnswer(ended: Outcome): ToolResult {
  if ('result' in ended) return ended.result;
  if ('raised' in ended) throw ended.raised;
  return shown(errorResult, ended.error, ended.errorId);
}

/** The result of any other method. Throws a JSON-RPC error for every failure. */
export function methodAnswer(ended: Outcome): ToolResult {
  if ('result' in ended) return ended.result;
  if ('raised' in ended) throw ended.raised;
  throw shown(rpcErrorOf, ended.error, ended.errorId);
}

/** A subclass of the handler's own may throw when it is read. */
function shown<T>(show: (error: ToolError, errorId: string) => T, error: ToolError, errorId: string): T {
  try {
    return show(error, errorId);
  } catch {
    return show(ToolError.from(undefined), errorId);
  }
}
