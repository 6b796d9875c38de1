import type { McpServer, RegisteredTool } from '@modelcontextprotocol/server';
import type { Call, JsonSchema, Stack } from '@sallyport/core';
import { type AdapterOptions, adoptTool } from '@sallyport/core/adapter';
import { hardenedTool } from './hardened-tool.js';
import { internalsOf } from './internals.js';
import { serveTools } from './serve-tools.js';
import { showSchemas } from './show-schemas.js';

type AnyConfig = Readonly<Record<string, unknown>>;

/** Keeps every tool that is registered from here on in a table of hardened ones; the SDK's own handlers never run. */
export function hardenTools<C extends Call, P>(server: McpServer, stack: Stack<C, P>, options: AdapterOptions): void {
  const internals = internalsOf(server);
  const registerTool = server.registerTool.bind(server) as (
    name: string,
    config: object,
    cb: unknown,
  ) => RegisteredTool;
  const schemaOf = server.toolInputSchemaJson.bind(server) as (name: string) => JsonSchema | undefined;
  showSchemas(server);
  if (internals._toolHandlersInitialized) serveTools(server.server);

  server.registerTool = (name: string, config: AnyConfig, cb: unknown) => {
    const { title, description, inputSchema, outputSchema, annotations, icons, scopeChallenge, _meta, ...policy } =
      config;
    const table = serveTools(server.server);
    internals._toolHandlersInitialized = true;
    table.assertFree(name);
    const registered = registerTool(name, config, cb);
    try {
      adoptTool(table, name, registered, (now) => ({
        tool: hardenedTool(server, stack, now, registered, { policy, inputSchema: schemaOf(now) }),
        options,
        shown: { icons: registered.icons, execution: registered.execution },
      }));
    } catch (error) {
      registered.remove();
      throw error;
    }
    return registered;
  };
}
