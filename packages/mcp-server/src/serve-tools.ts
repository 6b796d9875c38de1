import type { CallToolResult, InputRequiredResult, ListToolsResult, Server } from '@modelcontextprotocol/server';
import { isInputRequired } from '@sallyport/core';
import { dispatch, ToolTable, toolAnswer } from '@sallyport/core/adapter';
import { hardeningOf } from './hardening.js';
import { incoming } from './incoming.js';

const tables = new WeakMap<Server, ToolTable>();

/** The tools that Sallyport answers for on this server, if any. */
export function tableOf(server: Server): ToolTable | undefined {
  return tables.get(server);
}

/** Answers `tools/list` and `tools/call` from a table, instead of whoever answered them before. */
export function serveTools(server: Server): ToolTable {
  const known = tables.get(server);
  if (known !== undefined) return known;
  const table = new ToolTable();
  const install = hardeningOf(server)?.install ?? server.setRequestHandler.bind(server);
  if (server.transport === undefined) {
    server.registerCapabilities({ tools: { listChanged: server.getCapabilities().tools?.listChanged ?? true } });
  }
  install('tools/list', () => ({ tools: table.list() }) as unknown as ListToolsResult);
  install('tools/call', async ({ params }, ctx) => {
    const { tool, options } = table.get(params.name);
    const result = toolAnswer(await dispatch(tool, incoming(params.arguments, ctx), options));
    if (isInputRequired(result)) return result as InputRequiredResult;
    // As the negotiated revision wants it: older ones know no structured content but objects.
    return server.projectCallToolResult(result as CallToolResult, tool.facts.outputSchema);
  });
  tables.set(server, table);
  return table;
}
