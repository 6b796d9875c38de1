import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { Principal, Tool } from '@sallyport/core';
import { authInfoOf, principalIn } from '@sallyport/core/adapter';
import { register } from '@sallyport/mcp-server';
import { eraOf } from './era.js';
import type { Log } from './log.js';
import { type VisibleTools, visibleTools } from './visible-tools.js';
import { writeResponse } from './write-response.js';

/** Who the server says it is. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
}

/** Answers MCP messages that the edge has let in. */
export interface OfficialHandler {
  /** Resolves when the answer has gone out, or nobody waits for it any more and the call has ended. */
  serve(request: IncomingMessage, response: ServerResponse, message: unknown, principal: Principal): Promise<void>;
  /** Ends subscription streams. */
  close(): Promise<void>;
}

/** Only what the protocol reads goes further: neither handlers nor logs can leak credentials they never see. */
const forwarded = /^(?:content-type|user-agent|traceparent|tracestate|baggage|mcp-.+)$/;

/**
 * The official 2.x handler, both eras, with a fresh `McpServer` for every request: a shared one leaks between clients.
 * Each caller's has the tools it may call, so any other is as unknown to it as one that does not exist; the list is never marked
 * `public`. Stateless: sessions are neither made nor looked for.
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
  const visible: VisibleTools = visibleTools(tools);
  const newServer = (shown: readonly Tool[]) => {
    const server = new McpServer({ ...serverInfo }, options);
    register(server, shown);
    return server;
  };
  // What cannot be registered is an error now, not at the first call.
  newServer(tools);
  const serverFor = ({ authInfo }: { readonly authInfo?: object }) => {
    const principal = authInfo === undefined ? undefined : principalIn(authInfo);
    return newServer(principal === undefined ? [] : visible(principal));
  };
  const handler = createMcpHandler(serverFor, {
    onerror: (error) => log({ level: 'info', event: 'protocol', message: error.message.slice(0, 300) }),
  });
  return {
    async serve(incoming, response, message, principal) {
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
      const answer = await handler.fetch(request, { authInfo: authInfoOf(principal), parsedBody: message });
      await writeResponse(answer, response, cancels);
    },
    close: () => handler.close(),
  };
}

function forwardedHeaders({ headers }: IncomingMessage): Headers {
  // Which media types the client takes was decided at the edge, wildcards included; the SDK knows no wildcards.
  const result = new Headers({ Accept: 'application/json, text/event-stream' });
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && forwarded.test(name)) result.set(name, value);
  }
  return result;
}
