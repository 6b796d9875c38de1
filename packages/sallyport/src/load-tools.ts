import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '@sallyport/core';
import { CannotRun } from './cannot-run.js';
import type { ServerModule } from './server-module.js';

/** Imports a server's module and has it make its tools. Throws a {@link CannotRun} that says what is wrong with it. */
export async function loadTools(path: string): Promise<{ tools: readonly Tool[]; close(): Promise<void> }> {
  const { tools, close } = (await import(pathToFileURL(resolve(path)).href)) as Partial<ServerModule>;
  if (tools === undefined) throw new CannotRun(`${path} exports no tools`);
  return {
    tools: typeof tools === 'function' ? await tools() : tools,
    async close() {
      await close?.();
    },
  };
}
