import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { echo, echoInput } from '../../support/echo.js';
import { toolNames } from '../../support/tool-names.js';
import { ready } from './ready.js';
import { serverOptions } from './server-options.js';

// The recipe of the SDK's serving guide, for both eras: a factory, called for each request.
const { port, tools } = serverOptions();
const names = toolNames(tools);

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'sdk-2', version: '1.0.0' });
  for (const name of names) {
    server.registerTool(name, { description: `The tool ${name}.`, inputSchema: echoInput() }, (input) => ({
      content: [{ type: 'text', text: echo(input) }],
    }));
  }
  return server;
});

const serve = toNodeHandler(handler);
const server = createServer((request, response) => {
  // Node's own request is not assignable to what the adapter asks for under exactOptionalPropertyTypes.
  void serve(request as Parameters<typeof serve>[0], response);
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) ready(`http://127.0.0.1:${address.port}/mcp`);
});
