import { z } from 'zod';
import { contentBlock, resourceContents } from '../content-block.js';
import { protocolResult } from '../protocol-result.js';
import { listedFields, resourceFields } from '../resource-fields.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';

const page = protocolResult.extend({ nextCursor: z.string().optional() });
const { uri, size, ...templateFields } = resourceFields;
const argument = z.object({
  name: z.string(),
  description: z.string().optional(),
  required: z.boolean().optional(),
});
const message = z.object({ role: z.enum(['user', 'assistant']), content: contentBlock });

/** The results of the methods that run an author's code and are not tools, as both revisions of the protocol have them. */
const results: Readonly<Record<string, z.ZodType>> = {
  'resources/list': page.extend({ resources: z.array(z.object(resourceFields)) }),
  'resources/templates/list': page.extend({
    resourceTemplates: z.array(z.object({ ...templateFields, uriTemplate: z.string() })),
  }),
  'resources/read': protocolResult.extend({ contents: z.array(resourceContents) }),
  'prompts/list': page.extend({
    prompts: z.array(z.object({ ...listedFields, arguments: z.array(argument).optional() })),
  }),
  'prompts/get': protocolResult.extend({ description: z.string().optional(), messages: z.array(message) }),
  'completion/complete': protocolResult.extend({
    completion: z.looseObject({
      values: z.array(z.string()).max(100),
      total: z.int().optional(),
      hasMore: z.boolean().optional(),
    }),
  }),
};

/** Throws `INTERNAL` for a result of a method that is none to the protocol: neither SDK looks, and its client could not read it. */
export function assertMethodResult(method: string, result: ToolResult): void {
  const { success, error } = (results[method] ?? protocolResult).safeParse(result);
  if (success) return;
  throw new ToolError('INTERNAL', `The handler of ${method} made a result that the protocol does not allow.`, {
    cause: error,
  });
}
