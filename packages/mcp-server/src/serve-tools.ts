import type {
  CallToolResult,
  InputRequiredResult,
  ListToolsResult,
  Server,
  ServerContext,
} from '@modelcontextprotocol/server';
import { isInputRequired, type Tool } from '@sallyport/core';
import { principalIn, serveTable, type ToolTable, toolAnswer } from '@sallyport/core/adapter';
import { listPage } from './list-page.js';
import { runRequest } from './run-request.js';
import { servingOf } from './serving.js';

/** Answers `tools/list` and `tools/call` from a table, instead of whoever answered them before. */
export function serveTools(server: Server): ToolTable {
  return serveTable(server, (table, install) => {
    if (server.transport === undefined) {
      server.registerCapabilities({ tools: { listChanged: server.getCapabilities().tools?.listChanged ?? true } });
    }
    install('tools/list', async ({ params }, ctx) => {
      const whole = { tools: table.list(shownBy(server, ctx)) };
      return (await listPage(server, 'tools/list', whole, params?.cursor, ctx)) as unknown as ListToolsResult;
    });
    install('tools/call', async ({ params }, ctx) => {
      const { tool, options } = table.get(params.name, shownBy(server, ctx));
      const result = toolAnswer(await runRequest(server, tool, { params, input: params.arguments }, ctx, options));
      if (isInputRequired(result)) return result as InputRequiredResult;
      // As the negotiated revision wants it: older ones know no structured content but objects.
      return server.projectCallToolResult(result as CallToolResult, tool.facts.outputSchema);
    });
  });
}

/** Which tools the caller of this request may know of, when the host of the server says so. */
function shownBy(server: Server, { http }: ServerContext): ((tool: Tool) => boolean) | undefined {
  const { shows } = servingOf(server);
  if (shows === undefined) return undefined;
  const caller = http?.authInfo === undefined ? undefined : principalIn(http.authInfo);
  return (tool) => shows(tool, caller);
}
