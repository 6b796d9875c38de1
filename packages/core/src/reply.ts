import type { ToolResult } from './tool-result.js';

const replies = new WeakSet<object>();

/** A complete answer made by {@link reply}; a handler returns it instead of a plain value. */
export type Reply = ToolResult & { readonly content: NonNullable<ToolResult['content']> };

/**
 * Says the whole answer instead of only its value: images, several blocks, `_meta`, or an error result of the tool's own.
 * Without it a handler returns plain data, and Sallyport makes the answer from it. One that the protocol does not allow is an
 * `INTERNAL` error of the call.
 *
 * @example
 * ```ts
 * import { reply } from '@sallyport/core';
 *
 * reply({ content: [{ type: 'text', text: 'two rows' }], structuredContent: { rows: 2 } });
 * ```
 */
export function reply<R extends Reply>(result: R): R {
  replies.add(result);
  return result;
}

/** Whether the value was made by {@link reply}. A look-alike object is data, not an answer. */
export function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && replies.has(value);
}
