import type { Tool } from '../tool.js';
import { hardeningOf } from './hardening.js';
import { lowLevelOf, type OfficialMcpServer, type OfficialServer } from './official-server.js';
import { servedTable } from './served-table.js';

/**
 * What Sallyport guards on a server, for `explain`: the tools in the order of `tools/list`, then the guarded methods of
 * resources and prompts, named like the method. Empty for a server that it knows nothing of.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
 * import { explain, hardened } from '@sallyport/core';
 * import { harden, toolsOf } from '@sallyport/mcp-sdk';
 *
 * const server = harden(new McpServer({ name: 'example', version: '1.0.0' }), hardened());
 * for (const tool of toolsOf(server)) console.error(explain(tool));
 * ```
 */
export function toolsOf(server: OfficialMcpServer | OfficialServer): Tool[] {
  const official = lowLevelOf(server);
  return [...(servedTable(official)?.tools() ?? []), ...(hardeningOf(official)?.guards.values() ?? [])];
}
