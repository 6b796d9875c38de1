import { z } from 'zod';
import { contentBlock } from './content-block.js';
import { protocolResult } from './protocol-result.js';
import { ToolError } from './tool-error.js';
import type { ContentBlock, ToolResult } from './tool-result.js';

/** `CallToolResult` as both revisions of the protocol have it: one wants an object as structured content, the other any JSON. */
const toolResult = protocolResult.extend({
  content: z.array(contentBlock),
  structuredContent: z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.string(), z.number(), z.boolean(), z.null()])
    .optional(),
  isError: z.boolean().optional(),
});

/**
 * Throws `INTERNAL` for an answer that is none to the protocol. An SDK would tell the caller that its params are invalid, after the
 * layers had taken the call for a success. Answers of nothing but text, which are most, are not held against the schema.
 */
export function assertToolResult(result: ToolResult): void {
  if (isPlainText(result)) return;
  const { success, error } = toolResult.safeParse(result);
  if (success) return;
  throw new ToolError('INTERNAL', 'The tool made an answer that the protocol does not allow.', { cause: error });
}

function isPlainText({ content, structuredContent, isError, resultType, _meta }: ToolResult): boolean {
  if (structuredContent !== undefined || _meta !== undefined || resultType !== undefined) return false;
  if (isError !== undefined && typeof isError !== 'boolean') return false;
  if (!Array.isArray(content)) return false;
  // A list may have holes, which `every` passes over.
  for (const block of content) if (!isPlainBlock(block)) return false;
  return true;
}

function isPlainBlock(block: ContentBlock | null | undefined): boolean {
  return (
    block?.type === 'text' &&
    typeof block.text === 'string' &&
    block.annotations === undefined &&
    block._meta === undefined
  );
}
