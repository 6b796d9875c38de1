import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import { echo, echoInput } from '../../support/echo.js';
import { toolNames } from '../../support/tool-names.js';
import { ready } from './ready.js';
import { serverOptions } from './server-options.js';

// The recipe of the SDK's own example, simpleStatelessStreamableHttp: a server and a transport for each request.
const { port, tools } = serverOptions();
const names = toolNames(tools);

function newServer(): McpServer {
  const server = new McpServer({ name: 'sdk-1', version: '1.0.0' }, { capabilities: { logging: {} } });
  for (const name of names) {
    server.registerTool(
      name,
      { description: `The tool ${name}.`, inputSchema: echoInput().shape },
      // A handler of this SDK returns a promise.
      async (input) => ({ content: [{ type: 'text', text: echo(input) }] }),
    );
  }
  return server;
}

const app = express();
app.use(express.json());
app.post('/mcp', async (request, response) => {
  const server = newServer();
  // No session ids: that is what makes it stateless. The option must be absent under exactOptionalPropertyTypes.
  const transport = new StreamableHTTPServerTransport({});
  response.on('close', () => {
    void transport.close();
    void server.close();
  });
  await server.connect(transport as Parameters<McpServer['connect']>[0]);
  await transport.handleRequest(request, response, request.body);
});
const listening = app.listen(port, '127.0.0.1', () => {
  const address = listening.address();
  if (typeof address === 'object' && address !== null) ready(`http://127.0.0.1:${address.port}/mcp`);
});
