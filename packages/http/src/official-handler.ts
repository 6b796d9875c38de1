import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { Principal, Tool } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { register } from '@sallyport/mcp-server';
import { eraOf } from './era.js';
import { forwardedHeaders } from './forwarded-headers.js';
import type { Log } from './log.js';
import { writeResponse } from './write-response.js';

/** Who the server says it is. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
}

/** Answers MCP messages that the edge has let in. */
export interface OfficialHandler {
  /**
   * Resolves when the answer has gone out, or nobody waits for it any more and the call has ended. `instead` takes the place
   * of all tools, for a call that has run already.
   */
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    message: unknown,
    principal: Principal,
    instead?: Tool,
  ): Promise<void>;
  /** Ends subscription streams. */
  close(): Promise<void>;
}

/**
 * The official 2.x handler, both eras, with a fresh `McpServer` for every request: a shared one leaks between clients.
 * Stateless: sessions are neither made nor looked for.
 */
export function officialHandler(
  tools: readonly Tool[],
  serverInfo: ServerInfo,
  instructions: string | undefined,
  log: Log,
): OfficialHandler {
  const options = {
    // The tools are those the host was started with.
    capabilities: { tools: { listChanged: false }, logging: {} },
    ...(instructions === undefined ? {} : { instructions }),
  };
  const newServer = (shown = tools) => {
    const server = new McpServer({ ...serverInfo }, options);
    register(server, shown);
    return server;
  };
  const replaced = new WeakMap<Request, readonly Tool[]>();
  // What cannot be registered is an error now, not at the first call.
  newServer();
  const handler = createMcpHandler(({ requestInfo }) => newServer(requestInfo && replaced.get(requestInfo)), {
    onerror: (error) => log({ level: 'info', event: 'protocol', message: error.message.slice(0, 300) }),
  });
  return {
    async serve(incoming, response, message, principal, instead) {
      const disconnect = new AbortController();
      const cancels = () => eraOf(incoming, message) === 'modern';
      // 2026-07-28: closing the stream is cancelling. In the 2025 revisions it is not, so there the call runs on.
      const onClose = () => {
        if (!response.writableFinished && cancels()) disconnect.abort();
      };
      response.once('close', onClose);
      const request = new Request('http://localhost/mcp', {
        method: 'POST',
        headers: forwardedHeaders(incoming),
        signal: disconnect.signal,
      });
      if (instead !== undefined) replaced.set(request, [instead]);
      const answer = await handler.fetch(request, { authInfo: authInfoOf(principal), parsedBody: message });
      await writeResponse(answer, response, cancels);
    },
    close: () => handler.close(),
  };
}
