import { type ErrorCode, errorTable } from './error-table.js';
import { internalText } from './internal-text.js';

/** What a {@link ToolError} may say beyond its code and message. Everything but `cause` reaches the caller. */
export interface ToolErrorOptions {
  /** How long the caller should wait, in milliseconds. What is no time counts as none, one below 0 as 0. */
  readonly retryAfterMs?: number;
  /** The limit that refused, as the caller may read it: `60 per minute for this agent`. Cut after 300 characters. */
  readonly limit?: string;
  /** Further facts for the caller: `{ requiredScopes: […] }`. What is no JSON, or longer than 16 Ki as text, is left out. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the same call, unchanged, can succeed later. Default: what the table says of the code. */
  readonly retryable?: boolean;
  /** For the log only; never reaches the caller. */
  readonly cause?: unknown;
}

/**
 * The one error a handler or a layer throws to say something to its caller. `message` is one sentence written for the
 * model that made the call: what happened and what to do instead. The cause is for the log, and so is the message of an `INTERNAL`, whose text is never shown.
 *
 * @example
 * ```ts
 * import { ToolError } from '@sallyport/core';
 *
 * throw new ToolError('INVALID_INPUT', 'Customer 7 has no open order. Call list_orders first.');
 * ```
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly limit: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** Whether the same call, unchanged, can succeed later. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ToolErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.retryAfterMs = waitMs(options.retryAfterMs);
    this.limit = options.limit;
    this.details = options.details;
    this.retryable = options.retryable ?? errorTable[code]?.retryable === 'yes';
  }

  /**
   * The only door for foreign errors: a `ToolError` comes back as it is, anything else becomes `INTERNAL` with a text that
   * shows nothing of it and the original as `cause`.
   */
  static from(error: unknown): ToolError {
    if (isToolError(error)) return error;
    return new ToolError('INTERNAL', internalText, { cause: error });
  }
}

/** An error is no place to throw another one in. */
function waitMs(given: unknown): number | undefined {
  return typeof given === 'number' && Number.isFinite(given) ? Math.max(0, given) : undefined;
}

/** Anything can be thrown, also a proxy that throws when it is looked at, or from plain JavaScript a code that is none. */
function isToolError(thrown: unknown): thrown is ToolError {
  try {
    return thrown instanceof ToolError && Object.hasOwn(errorTable, thrown.code);
  } catch {
    return false;
  }
}
