import type { McpServer, Server } from '@modelcontextprotocol/server';
import type { Tool } from '@sallyport/core';
import type { AdapterOptions } from '@sallyport/core/adapter';
import { hardeningOf } from './hardening.js';
import { internalsOf } from './internals.js';
import { serveTools, tableOf } from './serve-tools.js';
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
  const official = 'server' in server ? server.server : server;
  if (tableOf(official) === undefined && hardeningOf(official) === undefined) {
    if ('server' in server) claim(server);
    else official.assertCanSetRequestHandler('tools/call');
  }
  serveTools(official).add(tools.map((tool) => ({ tool, options })));
  if (official.transport !== undefined) void official.sendToolListChanged().catch(() => {});
}

/** From here on only Sallyport's tools are on this server. */
function claim(server: McpServer): void {
  const internals = internalsOf(server);
  if (Object.keys(internals._registeredTools).length > 0) throw new Error(unguarded);
  if (!internals._toolHandlersInitialized) server.server.assertCanSetRequestHandler('tools/call');
  showSchemas(server);
  const refuse = () => {
    throw new Error(unguarded);
  };
  server.registerTool = refuse;
}

const unguarded =
  'Tools of the SDK and tools of Sallyport on one server: the former would not be guarded. Call harden(server, stack) before anything is registered, then register both.';
