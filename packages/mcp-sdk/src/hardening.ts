import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Tool } from '@sallyport/core';

/** What is known of a hardened server. */
interface Hardening {
  /** By method. */
  readonly guards: Map<string, Tool>;
  /** The server's own `setRequestHandler`, which guards nothing. */
  readonly install: Server['setRequestHandler'];
}

const servers = new WeakMap<Server, Hardening>();

export function hardeningOf(server: Server): Hardening | undefined {
  return servers.get(server);
}

export function setHardening(server: Server, hardening: Hardening): void {
  servers.set(server, hardening);
}
