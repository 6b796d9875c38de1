import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { register } from '@sallyport/mcp-sdk';
import { principal, whoami } from './stdio-tools.js';

const server = new McpServer({ name: 'stdio', version: '1.0.0' });
register(server, [whoami], { principal });
await server.connect(new StdioServerTransport());
