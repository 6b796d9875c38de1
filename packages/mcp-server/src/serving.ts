import type { McpServer, Server } from '@modelcontextprotocol/server';
import type { Tool } from '@sallyport/core';
import type { Pages } from './pages.js';

/** What a host adds to a server that it serves. */
export interface Serving {
  /** Gets every tool and guarded method right before it runs, and returns what runs instead. */
  readonly track?: (tool: Tool) => Tool;
  /** How lists are cut into pages. Default: they are not, and a cursor is refused. */
  readonly pages?: Pages;
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
