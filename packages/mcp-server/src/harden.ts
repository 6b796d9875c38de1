import type {
  CallToolResult,
  Icon,
  InputRequiredResult,
  McpServer,
  RegisteredTool,
  ScopeChallengeHandler,
  ServerContext,
  StandardSchemaWithJSON,
  ToolAnnotations,
  ToolCallback,
} from '@modelcontextprotocol/server';
import type { Call, Stack } from '@sallyport/core';
import { type AdapterOptions, assertHardenable, guardHandlers } from '@sallyport/core/adapter';
import { handlerReader } from './handler-reader.js';
import { hardenTools } from './harden-tools.js';
import type { RawShape, ShapeOutput } from './raw-shape.js';

/** What `registerTool` of the SDK takes besides the policy of a stack. */
interface ToolConfig<Input, Output> {
  title?: string;
  description?: string;
  inputSchema?: Input;
  outputSchema?: Output;
  annotations?: ToolAnnotations;
  icons?: Icon[];
  scopeChallenge?: ScopeChallengeHandler;
  _meta?: Record<string, unknown>;
}

/** `registerTool` of the SDK, with the policy fields of a stack in its config. */
export interface HardenedTools<P> {
  /** Without `access` it is derived from the annotations, and `explain` says so. */
  registerTool<
    OutputArgs extends StandardSchemaWithJSON,
    InputArgs extends StandardSchemaWithJSON | undefined = undefined,
  >(name: string, config: ToolConfig<InputArgs, OutputArgs> & Partial<P>, cb: ToolCallback<InputArgs>): RegisteredTool;
  /** The SDK's form with raw shapes: `inputSchema: { field: z.string() }`. */
  registerTool<
    InputArgs extends RawShape,
    OutputArgs extends RawShape | StandardSchemaWithJSON | undefined = undefined,
  >(
    name: string,
    config: ToolConfig<InputArgs, OutputArgs> & Partial<P>,
    cb: (
      args: ShapeOutput<InputArgs>,
      ctx: ServerContext,
    ) => CallToolResult | InputRequiredResult | Promise<CallToolResult | InputRequiredResult>,
  ): RegisteredTool;
}

/**
 * Puts everything that is registered on an official server from here on behind a stack, in place: tools, resources, prompts,
 * completions and their lists. The code that registers them stays as it is, handlers get the SDK's own `ctx`, and the object
 * that comes back is the one that went in. Throws when there is something that it could not guard:
 * tools that are there already, handlers set on `server.server`, a connection.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/server';
 * import { hardened } from '@sallyport/core';
 * import { harden } from '@sallyport/mcp-server';
 *
 * const server = harden(new McpServer({ name: 'example', version: '1.0.0' }), hardened());
 * server.registerTool('ping', { access: 'read' }, () => ({ content: [{ type: 'text', text: 'pong' }] }));
 * ```
 */
export function harden<S extends McpServer, C extends Call, P>(
  server: S,
  stack: Stack<C, P>,
  options: AdapterOptions = {},
): HardenedTools<P> & S {
  assertHardenable(server);
  guardHandlers(server, stack, handlerReader(server, options));
  hardenTools(server, stack, options);
  return server;
}
