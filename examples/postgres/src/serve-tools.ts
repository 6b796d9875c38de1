import { type HardenedStack, hardened, type Tool } from '@sallyport/core';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import { openDatabase } from './db/open-database.js';
import { serveHttp } from './serve-http.js';
import { serveStdio } from './serve-stdio.js';
import { shareState } from './shared-state.js';
import { withToolErrors } from './with-tool-errors.js';

/** Opens the database, builds the tools over it, and serves them over HTTP or standard input and output. */
export async function serveTools(
  config: Config,
  toolsOn: (stack: HardenedStack, database: Database) => readonly Tool[],
  { stdio = false } = {},
): Promise<void> {
  const database = await openDatabase(config.database);
  const shared = config.redis === undefined ? undefined : await shareState(config.redis);
  const close = async () => {
    shared?.close();
    await database.close();
  };
  try {
    const tools = toolsOn(hardened(shared?.stores), withToolErrors(database));
    await (stdio ? serveStdio(tools, config, close) : serveHttp(tools, config, { database, shared, close }));
  } catch (error) {
    // Otherwise what is open would keep the process alive.
    await close();
    throw error;
  }
}
