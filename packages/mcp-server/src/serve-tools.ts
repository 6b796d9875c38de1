import type { CallToolResult, InputRequiredResult, ListToolsResult, Server } from '@modelcontextprotocol/server';
import { isInputRequired } from '@sallyport/core';
import { dispatch, ToolTable, toolAnswer } from '@sallyport/core/adapter';
import { clientLacks } from './client-lacks.js';
import { hardeningOf } from './hardening.js';
import { incoming } from './incoming.js';
import { listPage } from './list-page.js';
import { bindRequest } from './request-binding.js';
import { servingOf } from './serving.js';

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
  install('tools/list', async ({ params }, ctx) => {
    const whole = { tools: table.list() };
    return (await listPage(server, 'tools/list', whole, params?.cursor, ctx)) as unknown as ListToolsResult;
  });
  install('tools/call', async ({ params }, ctx) => {
    const { tool, options } = table.get(params.name);
    await bindRequest(ctx, params);
    const { track } = servingOf(server);
    const tracked = track === undefined ? tool : track(tool);
    const result = toolAnswer(clientLacks(await dispatch(tracked, incoming(params.arguments, ctx), options)));
    if (isInputRequired(result)) return result as InputRequiredResult;
    // As the negotiated revision wants it: older ones know no structured content but objects.
    return server.projectCallToolResult(result as CallToolResult, tool.facts.outputSchema);
  });
  tables.set(server, table);
  return table;
}
