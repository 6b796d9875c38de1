import type { AdapterOptions } from '../adapter-options.js';
import type { Tool } from '../tool.js';
import type { ToolTable } from '../tool-table.js';
import { hardeningOf } from './hardening.js';
import { internalsOf } from './official-internals.js';
import { lowLevelOf, type OfficialMcpServer, type OfficialServer } from './official-server.js';
import { servedTable } from './served-table.js';

/** How an adapter puts tools on its servers. */
interface ToolServing<M extends OfficialMcpServer> {
  /** The table that the server's tools are answered from. */
  serve(server: M['server']): ToolTable;
  /** Puts `refuse` in the place of everything that registers a tool of the SDK. */
  claim(server: M, refuse: () => never): void;
}

/**
 * Adds the tools to those of an official server, all or none, and tells clients that are connected. Throws when the server
 * has tools of its own that nobody guards; unless it is hardened it can have none from here on.
 */
export function registerTools<S extends OfficialServer, M extends OfficialMcpServer<S>>(
  server: M | S,
  tools: readonly Tool[],
  options: AdapterOptions,
  { serve, claim }: ToolServing<M>,
): void {
  const official: S = lowLevelOf(server);
  if (servedTable(official) === undefined && hardeningOf(official) === undefined) {
    if ('server' in server) {
      assertClaimable(server);
      claim(server, refuse);
    } else official.assertCanSetRequestHandler('tools/call');
  }
  serve(official).add(tools.map((tool) => ({ tool, options })));
  if (official.transport !== undefined) void official.sendToolListChanged().catch(() => {});
}

function assertClaimable(server: OfficialMcpServer): void {
  const internals = internalsOf(server);
  if (Object.keys(internals._registeredTools).length > 0) refuse();
  if (!internals._toolHandlersInitialized) server.server.assertCanSetRequestHandler('tools/call');
}

function refuse(): never {
  throw new Error(
    'Tools of the SDK and tools of Sallyport on one server: the former would not be guarded. Call harden(server, stack) before anything is registered, then register both.',
  );
}
