import type { McpServer, Server } from '@modelcontextprotocol/server';
import type { Tool } from '@sallyport/core';
import { type AdapterOptions, registerTools } from '@sallyport/core/adapter';
import { serveTools } from './serve-tools.js';
import { showSchemas } from './show-schemas.js';

/**
 * Puts hardened tools on an official server; again adds to them. `tools/list` shows them in the order of registration.
 * Throws when a name is taken, when the server has tools of its own that nobody guards (use `harden`), or, for the first
 * registration, when it is connected already.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/server';
 * import { hardened } from '@sallyport/core';
 * import { register } from '@sallyport/mcp-server';
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
      showSchemas(mcp);
      mcp.registerTool = refuse;
    },
  });
}
