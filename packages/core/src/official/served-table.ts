import { ToolTable } from '../tool-table.js';
import { answerBadParams } from './answer-bad-params.js';
import { hardeningOf } from './hardening.js';
import type { OfficialServer } from './official-server.js';

const tables = new WeakMap<OfficialServer, ToolTable>();

/** The tools that Sallyport answers for on this server, if any. */
export function servedTable(server: OfficialServer): ToolTable | undefined {
  return tables.get(server);
}

/**
 * The same, and none at first: then `answer` sets the handlers of `tools/list` and `tools/call` with `install`, which is the
 * server's own `setRequestHandler` also where the server is hardened.
 */
export function serveTable<S extends OfficialServer>(
  server: S,
  answer: (table: ToolTable, install: S['setRequestHandler']) => void,
): ToolTable {
  const known = tables.get(server);
  if (known !== undefined) return known;
  const table = new ToolTable();
  answer(table, hardeningOf(server)?.install ?? server.setRequestHandler.bind(server));
  answerBadParams(server, ['initialize', 'logging/setLevel', 'tools/list', 'tools/call']);
  tables.set(server, table);
  return table;
}
