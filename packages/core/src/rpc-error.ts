import { type ErrorBody, errorBody } from './error-body.js';
import { errorTable } from './error-table.js';
import { errorText } from './error-text.js';
import type { ToolError } from './tool-error.js';

/** A JSON-RPC error. Both SDKs send `code`, `message` and `data` of whatever is thrown, so this needs neither of them. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: ErrorBody | undefined;

  constructor(code: number, message: string, data?: ErrorBody) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** JSON-RPC's own codes, for the two failures it has a name for. */
const standard: Readonly<Record<string, number>> = { INVALID_INPUT: -32602, INTERNAL: -32603 };

/** What a JSON-RPC error says, without an error and its stack: for hosts that refuse thousands a second. */
export interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data: ErrorBody;
}

/** A failure of something that is not a tool: the code of the table, with the text and the data a tool result would have. */
export function rpcFailure(error: ToolError, errorId: string): RpcFailure {
  return {
    code: standard[error.code] ?? errorTable[error.code].rpc,
    message: errorText(error, errorId),
    data: errorBody(error, errorId),
  };
}

/** The same, to be thrown. */
export function rpcErrorOf(error: ToolError, errorId: string): RpcError {
  const { code, message, data } = rpcFailure(error, errorId);
  return new RpcError(code, message, data);
}
