import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Tool } from '@sallyport/core';
import { type AdapterOptions, registerTools } from '@sallyport/core/adapter';
import { serveTools } from './serve-tools.js';

/**
 * Puts hardened tools on an official server; again adds to them. `tools/list` shows them in the order of registration.
 * Throws when a name is taken, when the server has tools of its own that nobody guards (use `harden`), or, for the first
 * registration, when it is connected already.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
 * import { hardened } from '@sallyport/core';
 * import { register } from '@sallyport/mcp-sdk';
 * import { z } from 'zod';
 *
 * const ping = hardened().tool({
 *   name: 'ping',
 *   description: 'Answers pong.',
 *   access: 'read',
 *   input: z.object({}),
 *   handler: () => 'pong',
 * });
 * register(new McpServer({ name: 'example', version: '1.0.0' }), [ping]);
 * ```
 */
export function register(server: McpServer | Server, tools: readonly Tool[], options: AdapterOptions = {}): void {
  registerTools<Server, McpServer>(server, tools, options, {
    serve: serveTools,
    claim(mcp, refuse) {
      mcp.registerTool = refuse;
      mcp.tool = refuse;
      mcp.experimental.tasks.registerToolTask = refuse;
    },
  });
}
