import { guardedMethods } from './guard-method.js';
import { groupsSet } from './handler-groups.js';
import { hardeningOf } from './hardening.js';
import { internalsOf } from './official-internals.js';
import type { OfficialMcpServer } from './official-server.js';
import { servedTable } from './served-table.js';

/**
 * Throws when a server has something on it that hardening could not reach: tools, handlers of its author, a connection; or
 * when Sallyport is on it already.
 */
export function assertHardenable(server: OfficialMcpServer): void {
  const official = server.server;
  const internals = internalsOf(server);
  const tools = Object.keys(internals._registeredTools);
  if (tools.length > 0) {
    throw new Error(`Call harden before tools are registered; this server has ${tools.join(', ')} already.`);
  }
  if (hardeningOf(official) !== undefined) throw new Error('This server is hardened already.');
  if (servedTable(official) !== undefined) throw new Error('Call harden before register.');
  if (server.isConnected()) throw new Error('Call harden before the server is connected.');
  const ofTheSdk = new Set(groupsSet(internals).flatMap(({ methods }) => methods));
  for (const method of [...guardedMethods, 'tools/list', 'tools/call']) {
    if (ofTheSdk.has(method)) continue;
    try {
      official.assertCanSetRequestHandler(method);
    } catch {
      throw new Error(`Call harden before a handler for ${method} is set.`);
    }
  }
}
