import { type ErrorBody, errorMetaKey, type ToolResult } from '@sallyport/core';

/**
 * The machine-readable error of a result, `undefined` when it is none.
 *
 * @example
 * ```ts
 * import { errorOf } from '@sallyport/testkit';
 *
 * errorOf({ content: [] }); // undefined
 * ```
 */
export function errorOf(result: ToolResult): ErrorBody | undefined {
  return result._meta?.[errorMetaKey] as ErrorBody | undefined;
}
