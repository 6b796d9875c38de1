import type { McpServer } from '@modelcontextprotocol/server';
import { servedTable } from '@sallyport/core/adapter';

/** The SDK's HTTP entry compares `Mcp-Param-*` headers with what this says: it must be what `tools/list` says. */
export function showSchemas(server: McpServer): void {
  server.toolInputSchemaJson = (name) => servedTable(server.server)?.find(name)?.tool.facts.inputSchema;
}
