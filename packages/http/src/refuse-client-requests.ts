import type { McpServer } from '@modelcontextprotocol/server';
import { ToolError } from '@sallyport/core';

/**
 * Makes every request from this server to its client fail at once. Without a session the client's answer would arrive at
 * another server, and the call would wait for it until its deadline (Streamable HTTP of 2025-11-25, stateless).
 */
export function refuseClientRequests(server: McpServer): McpServer {
  const connect = server.connect.bind(server);
  server.connect = (transport) => {
    const send = transport.send.bind(transport);
    transport.send = (message, options) =>
      'method' in message && 'id' in message ? Promise.reject(noWayBack()) : send(message, options);
    return connect(transport);
  };
  return server;
}

/** Why a call failed whose questions would reach no client. */
export function noWayBack(): ToolError {
  return new ToolError(
    'POLICY_DENIED',
    'This call must ask its client for something, and this connection cannot carry the question. ' +
      'Use a client of protocol 2026-07-28, or a server with sessions.',
  );
}
