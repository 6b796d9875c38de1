import type { McpServer, RegisteredTool, ServerContext } from '@modelcontextprotocol/server';
import {
  type Call,
  isInputRequired,
  type JsonSchema,
  PolicyError,
  type Stack,
  type Tool,
  type ToolResult,
} from '@sallyport/core';
import { assertToolResult, internalsOf, wrapRegistered } from '@sallyport/core/adapter';
import { handlerContext } from './handler-context.js';

/** The SDK's own way with a registered tool, its checks of input and output included, as the innermost handler of a stack. */
export function hardenedTool<C extends Call, P>(
  server: McpServer,
  stack: Stack<C, P>,
  name: string,
  registered: RegisteredTool,
  { policy, inputSchema }: { readonly policy: object; readonly inputSchema: JsonSchema | undefined },
): Tool {
  const internals = internalsOf(server);
  const { outputSchemaJson } = registered;
  if (registered.outputSchema !== undefined && outputSchemaJson === undefined) throw notShown(name, 'outputSchema');
  // The SDK converts no schema of a tool that is not enabled; enabling it comes through here again.
  if (registered.enabled && inputSchema === undefined) throw notShown(name, 'inputSchema');
  const reading = {
    parse:
      registered.inputSchema &&
      ((value: unknown) => registered.inputSchema?.['~standard'].validate(value) ?? { value }),
    maxElements: internals._maxToolInputElements,
    inputSchema: inputSchema ?? ({ type: 'object' } as const),
    outputSchema: outputSchemaJson as JsonSchema | undefined,
    policy,
  };
  return wrapRegistered(stack, name, registered, reading, async (call) => {
    const { input, sdk } = call;
    const result: unknown = await registered.executor(input, handlerContext(sdk as ServerContext, call));
    if (!isRecord(result)) throw new TypeError('The handler made no tool result.');
    if (isInputRequired(result)) return result;
    const complete = { ...result, content: result.content ?? [] };
    assertToolResult(complete);
    await internals.validateToolOutput(registered, complete, name);
    return complete;
  });
}

function notShown(name: string, field: string): PolicyError {
  return new PolicyError(name, field, 'cannot be shown as JSON Schema');
}

function isRecord(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null;
}
