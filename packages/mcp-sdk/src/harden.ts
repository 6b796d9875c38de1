import type { McpServer, RegisteredTool, ToolCallback } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { AnySchema, ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js';
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { Call, Stack } from '@sallyport/core';
import type { AdapterOptions } from '@sallyport/core/adapter';
import { guardMethods } from './guard-methods.js';
import { hardenTools } from './harden-tools.js';
import { hardeningOf } from './hardening.js';
import { internalsOf } from './internals.js';
import { tableOf } from './serve-tools.js';

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
  const tools = Object.keys(internalsOf(server)._registeredTools);
  if (tools.length > 0) {
    throw new Error(`Call harden before tools are registered; this server has ${tools.join(', ')} already.`);
  }
  if (hardeningOf(server.server) !== undefined) throw new Error('This server is hardened already.');
  if (tableOf(server.server) !== undefined) throw new Error('Call harden before register.');
  if (server.isConnected()) throw new Error('Call harden before the server is connected.');
  guardMethods(server, stack, options);
  hardenTools(server, stack, options);
  return server;
}
