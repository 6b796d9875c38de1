import type { McpServer, RegisteredTool } from '@modelcontextprotocol/server';
import type { Call, JsonSchema, Stack } from '@sallyport/core';
import { type AdapterOptions, adoptTools } from '@sallyport/core/adapter';
import { hardenedTool } from './hardened-tool.js';
import { serveTools } from './serve-tools.js';
import { showSchemas } from './show-schemas.js';

type AnyConfig = Readonly<Record<string, unknown>>;

/** Keeps every tool that is registered from here on in a table of hardened ones; the SDK's own handlers never run. */
export function hardenTools<C extends Call, P>(server: McpServer, stack: Stack<C, P>, options: AdapterOptions): void {
  const adopt = adoptTools(server, serveTools);
  const registerTool = server.registerTool.bind(server) as (...args: unknown[]) => RegisteredTool;
  const schemaOf = server.toolInputSchemaJson.bind(server) as (name: string) => JsonSchema | undefined;
  showSchemas(server);

  server.registerTool = (name: string, config: AnyConfig, cb: unknown) => {
    const { title, description, inputSchema, outputSchema, annotations, icons, scopeChallenge, _meta, ...policy } =
      config;
    return adopt(
      name,
      () => registerTool(name, config, cb),
      (now, registered) => ({
        tool: hardenedTool(server, stack, now, registered, {
          policy,
          inputSchema: shownOnce(registered, () => schemaOf(now)),
        }),
        options,
        shown: { icons: registered.icons, execution: registered.execution },
      }),
    );
  };
}

const shown = new WeakMap<object, JsonSchema>();

/** A schema that outlives its server is converted once, and not for every request. */
function shownOnce(
  { inputSchema, enabled }: RegisteredTool,
  convert: () => JsonSchema | undefined,
): JsonSchema | undefined {
  if (inputSchema === undefined || !enabled) return convert();
  const known = shown.get(inputSchema);
  if (known !== undefined) return known;
  const json = convert();
  if (json !== undefined) shown.set(inputSchema, json);
  return json;
}
