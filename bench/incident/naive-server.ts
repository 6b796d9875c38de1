import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import pg from 'pg';
import { z } from 'zod';
import { ready } from '../http/servers/ready.js';
import { listTablesSql } from './list-tables-sql.js';

// What was written for one user at a desk: a client for each request, no limit, whatever the database says as the answer.
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'naive', version: '1.0.0' });
  server.registerTool('list_tables', { description: 'Lists tables.', inputSchema: z.object({}) }, async () => {
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    try {
      await client.connect();
      const { rows } = await client.query<{ table_name: string }>(listTablesSql);
      return { content: [{ type: 'text', text: rows.map((row) => row.table_name).join() }] };
    } catch (error) {
      return { isError: true, content: [{ type: 'text', text: String(error) }] };
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  return server;
});
const serve = toNodeHandler(handler);
const server = createServer((request, response) => {
  // Node's own request is not assignable to what the adapter asks for under exactOptionalPropertyTypes.
  void serve(request as Parameters<typeof serve>[0], response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) ready(`http://127.0.0.1:${address.port}/mcp`);
});
