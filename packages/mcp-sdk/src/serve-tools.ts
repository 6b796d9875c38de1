import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
  type ListToolsResult,
  RequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { ToolResult } from '@sallyport/core';
import { dispatch, RpcError, serveTable, type ToolTable, toolAnswer } from '@sallyport/core/adapter';
import { incoming } from './incoming.js';

/** The SDK checks the shape of the request itself; with its full schema here a missing name would be −32603. */
const AnyCallSchema = RequestSchema.extend({ method: CallToolRequestSchema.shape.method });

/** Answers `tools/list` and `tools/call` from a table, instead of whoever answered them before. */
export function serveTools(server: Server): ToolTable {
  return serveTable(server, (table, install) => {
    if (server.transport === undefined) server.registerCapabilities({ tools: { listChanged: true } });
    install(ListToolsRequestSchema, ({ params }) => {
      if (params?.cursor !== undefined) throw new RpcError(-32602, 'Invalid cursor: this list has one page.');
      return { tools: table.list() } as unknown as ListToolsResult;
    });
    install(AnyCallSchema, async ({ params = {} }, extra) => {
      if (params.task !== undefined) throw new RpcError(-32601, 'No tool of this server runs as a task.');
      const { tool, options } = table.get(params.name);
      return projected(toolAnswer(await dispatch(tool, incoming(server, params.arguments, extra), options)));
    });
  });
}

/** These revisions know no structured content but objects: any other is shown to them as the 2.x SDK shows it. */
function projected(result: ToolResult): CallToolResult {
  const { content = [], structuredContent: said } = result;
  if (said === undefined || (typeof said === 'object' && said !== null && !Array.isArray(said))) {
    return result as CallToolResult;
  }
  const text = content.some(({ type }) => type === 'text') ? [] : [{ type: 'text', text: JSON.stringify(said) }];
  return { ...result, content: [...content, ...text], structuredContent: { result: said } } as CallToolResult;
}
