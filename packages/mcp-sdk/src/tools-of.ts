import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Tool } from '@sallyport/core';
import { hardeningOf } from './hardening.js';
import { tableOf } from './serve-tools.js';

/**
 * What Sallyport guards on a server, for `explain`: the tools in the order of `tools/list`, then the guarded methods of
 * resources and prompts, named like the method. Empty for a server that it knows nothing of.
 */
export function toolsOf(server: McpServer | Server): Tool[] {
  const official = 'server' in server ? server.server : server;
  return [...(tableOf(official)?.tools() ?? []), ...(hardeningOf(official)?.guards.values() ?? [])];
}
