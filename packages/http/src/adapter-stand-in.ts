import type { AuthInfo, McpServer } from '@modelcontextprotocol/server';
import type { Principal, Tool } from '@sallyport/core';
export function authInfoOf(principal: Principal): AuthInfo {
  return {
    token: '',
    clientId: principal.clientId ?? principal.subject,
    scopes: [...principal.scopes],
    extra: { p: principal },
  };
}
export function register(server: McpServer, tools: readonly Tool[]): void {
  server.server.registerCapabilities({ tools: {}, logging: {} });
  server.server.setRequestHandler(
    'tools/list',
    () =>
      ({
        tools: tools.map(({ facts }) => ({
          name: facts.name,
          description: facts.description,
          inputSchema: facts.inputSchema,
          outputSchema: facts.outputSchema,
        })),
      }) as never,
  );
  server.server.setRequestHandler('tools/call', async (request, ctx) => {
    const tool = tools.find((t) => t.facts.name === request.params.name);
    if (tool === undefined) throw Object.assign(new Error('Unknown tool'), { code: -32602 });
    return (await tool.call({
      input: request.params.arguments,
      signal: ctx.mcpReq.signal,
      auth: (ctx.http as unknown as { authInfo: AuthInfo }).authInfo.extra?.p as Principal,
      client: {
        progress: (progress) => {
          const token = ctx.mcpReq._meta?.progressToken;
          if (token !== undefined)
            void ctx.mcpReq.notify({ method: 'notifications/progress', params: { progress, progressToken: token } });
        },
        log() {},
      },
    })) as never;
  });
}
