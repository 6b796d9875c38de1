import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio as serveOfficial } from '@modelcontextprotocol/server/stdio';
import type { Principal, Tool } from '@sallyport/core';
import { register } from '@sallyport/mcp-server';
import type { Config } from './config.js';
import { StdioWire } from './stdio-wire.js';

/**
 * Serves the tools over standard input and output to the one caller that the configuration names. At the end of input what was
 * asked is answered first; a signal does not wait for that.
 */
export function serveStdio(tools: readonly Tool[], { stdio }: Config, close: () => Promise<void>): void {
  const principal: Principal = { issuer: 'static', subject: stdio.agent, tenant: stdio.tenant, scopes: stdio.scopes };
  const wire = new StdioWire(() => void close());
  const connection = serveOfficial(
    () => {
      const server = new McpServer({ name: 'sallyport-postgres', version: '0.1.0' });
      register(server, tools, { principal });
      return server;
    },
    { transport: wire },
  );
  const stop = (): void => void connection.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
