import { McpServer } from '@modelcontextprotocol/server';
import { denial, type Principal, type Tool } from '@sallyport/core';
import { type RequestStates, register, toolsOf } from '@sallyport/mcp-server';
import { isHardened, type Serving, serveUnder } from '@sallyport/mcp-server/host';
import type { Content, ServerFactory } from './content.js';
import { visibleTools } from './visible-tools.js';

/** Who the server says it is. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
}

/** How servers made from tools describe themselves; servers from a factory do that on their own. */
export interface Described {
  readonly serverInfo?: ServerInfo;
  /** For the model: how to use this server. */
  readonly instructions?: string;
  /** Verifies the request states of tools that ask for input. */
  readonly requestStates?: Pick<RequestStates<unknown>, 'verify'>;
}

/** Where the servers of an endpoint come from. */
export interface ServerSource {
  /**
   * A new server under the host's conditions. Made from tools, it has those that the principal may call; without one it shows each of
   * its callers those that it may call. `shown` takes the place of both. Throws when it is not hardened.
   */
  newServer(principal?: Principal, shown?: readonly Tool[]): McpServer;
  /** What the servers guard: tools, then methods of resources and prompts. */
  readonly tools: readonly Tool[];
}

/** Makes the first server at once: what cannot be registered or is not hardened is an error now, not at the first call. */
export function serverSource(content: Content, described: Described, serving: Serving): ServerSource {
  const fromTools = typeof content !== 'function';
  const make = fromTools ? madeOf(content, described) : checked(content);
  const forAnyone: Serving = fromTools
    ? { ...serving, shows: (tool, caller) => denial(tool.facts, caller) === undefined }
    : serving;
  return {
    newServer(principal, shown) {
      const server = make(principal, shown);
      serveUnder(server, principal === undefined ? forAnyone : serving);
      return server;
    },
    tools: toolsOf(make()),
  };
}

function checked(factory: ServerFactory): ServerFactory {
  return () => {
    const server = factory();
    if (!(server instanceof McpServer)) throw new TypeError('The factory must return an McpServer, and not a promise.');
    if (isHardened(server)) return server;
    throw new TypeError(
      'The factory returned a server that is not hardened: nothing guards what is on it. Return harden(new McpServer(…), stack).',
    );
  };
}

function madeOf(
  tools: readonly Tool[],
  { serverInfo, instructions, requestStates }: Described,
): (principal?: Principal, shown?: readonly Tool[]) => McpServer {
  if (serverInfo === undefined) throw new TypeError('Tools need `serverInfo`: the name and version clients are told.');
  const options = {
    // The tools are those the host was started with.
    capabilities: { tools: { listChanged: false }, logging: {} },
    ...(instructions === undefined ? {} : { instructions }),
    ...(requestStates === undefined ? {} : { requestState: { verify: requestStates.verify } }),
  };
  const visible = visibleTools(tools);
  return (principal, shown = principal === undefined ? tools : visible(principal)) => {
    const server = new McpServer({ ...serverInfo }, options);
    register(server, shown);
    return server;
  };
}
