import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
  type ListToolsResult,
  RequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { dispatch, RpcError, ToolTable, toolAnswer } from '@sallyport/core/adapter';
import { hardeningOf } from './hardening.js';
import { incoming } from './incoming.js';

const tables = new WeakMap<Server, ToolTable>();

/** The tools that Sallyport answers for on this server, if any. */
export function tableOf(server: Server): ToolTable | undefined {
  return tables.get(server);
}

/** The SDK checks the shape of the request itself; with its full schema here a missing name would be −32603. */
const AnyCallSchema = RequestSchema.extend({ method: CallToolRequestSchema.shape.method });

/** Answers `tools/list` and `tools/call` from a table, instead of whoever answered them before. */
export function serveTools(server: Server): ToolTable {
  const known = tables.get(server);
  if (known !== undefined) return known;
  const table = new ToolTable();
  const install = hardeningOf(server)?.install ?? server.setRequestHandler.bind(server);
  if (server.transport === undefined) server.registerCapabilities({ tools: { listChanged: true } });
  install(ListToolsRequestSchema, () => ({ tools: table.list() }) as unknown as ListToolsResult);
  install(AnyCallSchema, async ({ params = {} }, extra) => {
    if (params.task !== undefined) throw new RpcError(-32601, 'No tool of this server runs as a task.');
    const { tool, options } = table.get(params.name);
    return toolAnswer(await dispatch(tool, incoming(server, params.arguments, extra), options)) as CallToolResult;
  });
  tables.set(server, table);
  return table;
}
