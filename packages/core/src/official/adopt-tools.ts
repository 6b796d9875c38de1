import type { TableEntry, ToolTable } from '../tool-table.js';
import { type AdoptableTool, adoptTool } from './adopt-tool.js';
import { internalsOf } from './official-internals.js';
import type { OfficialMcpServer } from './official-server.js';

/** Has the SDK register a tool, and keeps what `make` makes of it in the table that is served. */
type Adopt = <T extends AdoptableTool>(
  name: string,
  register: () => T,
  make: (name: string, registered: T) => TableEntry,
) => T;

/**
 * Takes the tools of a hardened server over from the SDK, whose own handlers for them are never set: they are served once there
 * is one, or at once when their capability was declared.
 */
export function adoptTools<M extends OfficialMcpServer>(server: M, serve: (server: M['server']) => ToolTable): Adopt {
  const internals = internalsOf(server);
  if (internals._toolHandlersInitialized) serve(server.server);
  return (name, register, make) => {
    const table = serve(server.server);
    internals._toolHandlersInitialized = true;
    return adoptTool(table, name, register, make);
  };
}
