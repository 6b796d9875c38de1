import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Call, Stack } from '@sallyport/core';
import { type AdapterOptions, adoptTools } from '@sallyport/core/adapter';
import { hardenedTool } from './hardened-tool.js';
import { serveTools } from './serve-tools.js';

type AnyConfig = Readonly<Record<string, unknown>>;
type Register = (name: string, ...rest: unknown[]) => RegisteredTool;

/** Keeps every tool that is registered from here on in a table of hardened ones; the SDK's own handlers never run. */
export function hardenTools<C extends Call, P>(server: McpServer, stack: Stack<C, P>, options: AdapterOptions): void {
  const adopt = adoptTools(server, serveTools);
  const registerTool = server.registerTool.bind(server) as Register;
  const tool = server.tool.bind(server) as Register;
  const keep = (name: string, policy: object, register: () => RegisteredTool) =>
    adopt(name, register, (now, registered) => ({
      tool: hardenedTool(server, stack, now, registered, policy),
      options,
      shown: { execution: registered.execution },
    }));

  server.registerTool = (name: string, config: AnyConfig, cb: unknown) => {
    const { title, description, inputSchema, outputSchema, annotations, _meta, ...policy } = config;
    return keep(name, policy, () => registerTool(name, config, cb));
  };
  server.tool = (name: string, ...rest: unknown[]) => keep(name, {}, () => tool(name, ...rest));
  server.experimental.tasks.registerToolTask = (name: string) => {
    throw new Error(
      `Tool "${name}" runs as a task: its calls would pass no layer, so it cannot be on a hardened server.`,
    );
  };
}
