import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { hardened } from '@sallyport/core';
import { harden, toolsOf } from '@sallyport/mcp-sdk';
import { z } from 'zod';

// A module for the command line of a server that was written for the official SDK alone, and hardened with one line.

const server = harden(new McpServer({ name: 'mine', version: '1.0.0' }), hardened());
server.registerTool(
  'add',
  { description: 'Adds.', inputSchema: { a: z.number(), b: z.number() }, annotations: { readOnlyHint: true } },
  ({ a, b }) => ({ content: [{ type: 'text', text: `${a + b}` }] }),
);
server.registerResource('note', 'note://one', {}, () => ({ contents: [{ uri: 'note://one', text: 'x' }] }));

/** The tools and the guarded methods. */
export default { tools: toolsOf(server) };
