import type { McpServer, Server } from '@modelcontextprotocol/server';
import type { Principal, Tool } from '@sallyport/core';
import type { Pages } from './pages.js';

/** What a host adds to a server that it serves. */
export interface Serving {
  /** Gets every tool and guarded method right before it runs, and returns what runs instead. */
  readonly track?: (tool: Tool) => Tool;
  /** Which of the host's endpoints it is: what is sealed for a client at one is of no use at another. Default: there is only one. */
  readonly endpoint?: string;
  /** How lists are cut into pages. Default: they are not, and a cursor is refused. */
  readonly pages?: Pages;
  /**
   * Whether a caller may know of a tool, asked for each request: one it may not know of is neither listed nor told from one that does
   * not exist. Default: everybody may know of all of them.
   */
  readonly shows?: (tool: Tool, caller: Principal | undefined) => boolean;
  /** Lists depend on who asks, so no cache may share them, whatever the server's cache hints say. */
  readonly privateLists?: boolean;
}

const servings = new WeakMap<Server, Serving>();
const none: Serving = {};

/** Says under what conditions a server is served. Once, before it is connected. */
export function serveUnder({ server }: McpServer, serving: Serving): void {
  servings.set(server, serving);
}

/** The conditions of a server; none when no host has set any. */
export function servingOf(server: Server): Serving {
  return servings.get(server) ?? none;
}
