import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js';
import { type AnySchema, normalizeObjectSchema, safeParseAsync } from '@modelcontextprotocol/sdk/server/zod-compat.js';
import { toJsonSchemaCompat } from '@modelcontextprotocol/sdk/server/zod-json-schema-compat.js';
import { type CallToolResult, CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  type Call,
  type JsonSchema,
  PolicyError,
  type Stack,
  type StandardIssue,
  type StandardResult,
  type Tool,
  type ToolResult,
} from '@sallyport/core';
import { internalsOf, wrapRegistered } from '@sallyport/core/adapter';
import { handlerExtra } from './handler-extra.js';
import type { Extra } from './incoming.js';

/** The SDK's own way with a registered tool, its checks of input and output included, as the innermost handler of a stack. */
export function hardenedTool<C extends Call, P>(
  server: McpServer,
  stack: Stack<C, P>,
  name: string,
  registered: RegisteredTool,
  policy: object,
): Tool {
  const internals = internalsOf(server);
  const { inputSchema, outputSchema } = registered;
  const reading = {
    parse: inputSchema && ((value: unknown) => parse(registered.inputSchema ?? inputSchema, value)),
    maxElements: internals._maxToolInputElements,
    inputSchema: jsonSchemaOf(name, inputSchema, 'input') ?? noArguments,
    outputSchema: jsonSchemaOf(name, outputSchema, 'output'),
    policy,
  };
  return wrapRegistered(stack, name, registered, reading, async (call) => {
    const { input } = call;
    const extra = handlerExtra(call.sdk as Extra, call);
    const handler = registered.handler as (...args: unknown[]) => unknown;
    const result = await (registered.inputSchema ? handler(input, extra) : handler(extra));
    const { content } = CallToolResultSchema.parse(result);
    const complete = { ...(result as CallToolResult), content };
    // Without `content` the SDK would not look at the rest.
    await internals.validateToolOutput(registered, complete, name);
    return complete as ToolResult;
  });
}

async function parse(schema: AnySchema, value: unknown): Promise<StandardResult<unknown>> {
  const parsed = await safeParseAsync(normalizeObjectSchema(schema) ?? schema, value);
  if (parsed.success) return { value: parsed.data };
  return { issues: (parsed.error as { readonly issues: readonly StandardIssue[] }).issues };
}

/** As the SDK lists a tool without arguments. */
const noArguments: JsonSchema = { type: 'object', properties: {} };

/** Schemas that are not of an object have none: the SDK does not show them either. */
function jsonSchemaOf(name: string, schema: AnySchema | undefined, side: 'input' | 'output'): JsonSchema | undefined {
  const object = normalizeObjectSchema(schema);
  if (object === undefined) return undefined;
  try {
    return toJsonSchemaCompat(object, { strictUnions: true, pipeStrategy: side }) as JsonSchema;
  } catch (error) {
    throw new PolicyError(name, `${side}Schema`, `cannot be shown as JSON Schema: ${(error as Error).message}`);
  }
}
