import type { ZodSafeParseResult, ZodType } from 'zod';
import { assertToolResult } from './assert-tool-result.js';
import type { Answered } from './layer.js';
import { mayBeAsync } from './may-be-async.js';
import { isReply, type Reply } from './reply.js';
import { ToolError } from './tool-error.js';
import { isInputRequired, type ToolResult } from './tool-result.js';

/**
 * Makes answers from what a handler returns. With an output schema the value is parsed: what the schema does not name
 * does not leave the server. Without one, text stays text and any other value becomes JSON text. A reply must be an answer to the
 * protocol. At once, unless the schema may have to wait.
 */
export function toolResults(output: ZodType | undefined): (value: unknown) => Answered {
  if (output === undefined) return plainToolResult;
  const parsed: (value: unknown, make: (data: unknown) => ToolResult) => Answered = mayBeAsync(output)
    ? async (value, make) => make(dataOf(await output.safeParseAsync(value)))
    : (value, make) => make(dataOf(output.safeParse(value)));
  return (value) => {
    if (isRecord(value) && isInputRequired(value)) return value;
    if (!isReply(value)) return parsed(value, structured);
    if (value.isError === true) return checked(value);
    const { structuredContent: said, ...rest } = value;
    const others = checked(rest);
    return parsed(said, (structuredContent) => ({ ...others, structuredContent }));
  };
}

function plainToolResult(value: unknown): ToolResult {
  if (isRecord(value) && isInputRequired(value)) return value;
  if (isReply(value)) return checked(value);
  // What JSON has no text for (undefined, a function) is an empty answer.
  const text: string | undefined = typeof value === 'string' ? value : JSON.stringify(value);
  return { content: text === undefined ? [] : [{ type: 'text', text }] };
}

/** Who writes without types may leave `content` out, as the SDKs allow. */
function checked(said: Partial<Reply>): ToolResult {
  const result = said.content === undefined ? { ...said, content: [] } : said;
  assertToolResult(result);
  return result;
}

function structured(structuredContent: unknown): ToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

function dataOf({ success, data, error }: ZodSafeParseResult<unknown>): unknown {
  if (success) return data;
  throw new ToolError('INTERNAL', 'The tool made an answer that does not match its own output schema.', {
    cause: error,
  });
}

function isRecord(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null;
}
