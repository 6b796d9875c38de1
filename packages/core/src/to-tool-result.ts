import type { ZodType } from 'zod';
import { isReply } from './reply.js';
import { ToolError } from './tool-error.js';
import { isInputRequired, type ToolResult } from './tool-result.js';

/**
 * Makes the answer from what a handler returned. With an output schema the value is parsed: what the schema does not name
 * does not leave the server. Without one, text stays text and any other value becomes JSON text.
 */
export async function toToolResult(value: unknown, output: ZodType | undefined): Promise<ToolResult> {
  if (output === undefined || (isRecord(value) && isInputRequired(value))) return plainToolResult(value);
  if (isReply(value)) {
    if (value.isError === true) return value;
    return { ...value, structuredContent: await parse(output, value.structuredContent) };
  }
  const structuredContent = await parse(output, value);
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

/** The same for a tool without an output schema. */
export function plainToolResult(value: unknown): ToolResult {
  if (isRecord(value) && (isInputRequired(value) || isReply(value))) return value;
  // What JSON has no text for (undefined, a function) is an empty answer.
  const text: string | undefined = typeof value === 'string' ? value : JSON.stringify(value);
  return { content: text === undefined ? [] : [{ type: 'text', text }] };
}

async function parse(output: ZodType, value: unknown): Promise<unknown> {
  const parsed = await output.safeParseAsync(value);
  if (parsed.success) return parsed.data;
  throw new ToolError('INTERNAL', 'The tool made an answer that does not match its own output schema.', {
    cause: parsed.error,
  });
}

function isRecord(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null;
}
