/** One block of a tool's answer, as the protocol defines it: text, image, audio, resource or resource link. */
export interface ContentBlock {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * The answer to one call, SDK-neutral: the fields of the protocol's `CallToolResult`. Further fields (`resultType`,
 * `inputRequests`, `requestState` of an input request) pass through untouched.
 */
export interface ToolResult {
  readonly content?: readonly ContentBlock[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/**
 * Whether the result asks the client for input (MCP 2026-07-28): not an outcome, so never an error and never stored
 * for replay.
 *
 * @example
 * ```ts
 * import { isInputRequired, type Layer } from '@sallyport/core';
 *
 * export const counting = (count: () => void): Layer => ({
 *   name: 'counting',
 *   wrap: (next) => async (call) => {
 *     const result = await next(call);
 *     if (!isInputRequired(result)) count();
 *     return result;
 *   },
 * });
 * ```
 */
export function isInputRequired(result: ToolResult): boolean {
  return result.resultType === 'input_required';
}
