import type { McpServer, RegisteredTool, ToolCallback } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { AnySchema, ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js';
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { Call, Stack } from '@sallyport/core';
import { type AdapterOptions, assertHardenable, guardHandlers } from '@sallyport/core/adapter';
import { handlerReader } from './handler-reader.js';
import { hardenTools } from './harden-tools.js';

/** `registerTool` of the SDK, with the policy fields of a stack in its config. */
export interface HardenedTools<P> {
  /** Without `access` it is derived from the annotations, and `explain` says so. */
  registerTool<
    OutputArgs extends ZodRawShapeCompat | AnySchema,
    InputArgs extends undefined | ZodRawShapeCompat | AnySchema = undefined,
  >(
    name: string,
    config: {
      title?: string;
      description?: string;
      inputSchema?: InputArgs;
      outputSchema?: OutputArgs;
      annotations?: ToolAnnotations;
      _meta?: Record<string, unknown>;
    } & Partial<P>,
    cb: ToolCallback<InputArgs>,
  ): RegisteredTool;
}

/**
 * Puts everything that is registered on an official server from here on behind a stack, in place: tools, resources, prompts,
 * completions and their lists. The code that registers them stays as it is, handlers get the SDK's own `extra` with the signal of the call, and the object
 * that comes back is the one that went in. Task tools are refused. Throws when there is something that it could not guard:
 * tools that are there already, handlers set on `server.server`, a connection.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
 * import { hardened } from '@sallyport/core';
 * import { harden } from '@sallyport/mcp-sdk';
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
  guardHandlers(server, stack, handlerReader(server.server, options));
  hardenTools(server, stack, options);
  return server;
}
