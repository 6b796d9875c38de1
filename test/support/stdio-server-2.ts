import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { register } from '@sallyport/mcp-server';
import { principal, whoami } from './stdio-tools.js';

serveStdio(() => {
  const server = new McpServer({ name: 'stdio', version: '1.0.0' });
  register(server, [whoami], { principal });
  return server;
});
