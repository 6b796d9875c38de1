import { hardened, type Principal } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AnyServer, generations } from './support/generations.js';

// What an author could still get past the stack, one rule for each way that a change to the adapters once left open.

const caller = (scopes: readonly string[]) => {
  const principal: Principal = { issuer: 'test', subject: 'agent-1', tenant: 'acme', scopes };
  return { authInfo: authInfoOf(principal) };
};
const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
const stack = () => hardened({ report: () => {} });

describe.each(generations)('$name', (sdk) => {
  const setHandler = (server: AnyServer, method: string, handler: unknown) => {
    const low = server.server as { setRequestHandler(schemaOrMethod: unknown, handler: unknown): void };
    const schema = z.object({ method: z.literal(method), params: z.looseObject({}).optional() });
    low.setRequestHandler(sdk.sdk === 1 ? schema : method, handler);
  };

  if (sdk.era === '2025')
    it.each(['resources/subscribe', 'resources/unsubscribe'])(
      '%s of an author is guarded like resources/read: the scope is asked for, and what it throws stays inside',
      async (method) => {
        const handler = vi.fn(async () => ({}));
        const make = () => {
          const server = sdk.harden(sdk.server({ capabilities: { resources: { subscribe: true } } }), stack());
          setHandler(server, method, handler);
          return server;
        };
        const denied = await sdk.connect(make, caller(['mcp:tools:read', 'mcp:tools:write']));
        await expect(denied.raw(method, { uri: 'x://r' })).rejects.toMatchObject({ code: 403 });
        expect(handler).not.toHaveBeenCalled();
        const allowed = await sdk.connect(make, caller(['mcp:resources:read']));
        await allowed.raw(method, { uri: 'x://r' });
        expect(handler).toHaveBeenCalledTimes(1);
        handler.mockRejectedValueOnce(new Error('password=hunter2'));
        const failed: unknown = await allowed.raw(method, { uri: 'x://r' }).catch((error: unknown) => error);
        expect(failed).toMatchObject({ data: { code: 'INTERNAL' } });
        expect(String((failed as Error).message)).not.toContain('hunter2');
        await denied.close();
        await allowed.close();
      },
    );

  it('a server with tools of Sallyport takes no unguarded tool after them, by whatever method', () => {
    const server = sdk.server() as AnyServer & {
      tool?(name: string, handler: unknown): unknown;
      experimental?: { tasks?: { registerToolTask?(name: string, config: object, handler: object): unknown } };
    };
    sdk.register(server, []);
    const refused = /Tools of the SDK and tools of Sallyport on one server/;
    expect(() => server.registerTool('late', {}, () => text('x'))).toThrow(refused);
    if (sdk.sdk !== 1) return;
    expect(() => server.tool?.('late', () => text('x'))).toThrow(refused);
    expect(() => server.experimental?.tasks?.registerToolTask?.('late', {}, {})).toThrow(refused);
  });

  it('a server that is connected cannot be hardened any more', async () => {
    let server: AnyServer | undefined;
    const client = await sdk.connect(() => {
      server ??= sdk.server();
      return server;
    });
    // The HTTP handler of 2026-07-28 connects a server for as long as a request takes.
    const connected = { ...server, isConnected: () => true };
    const open = (server as unknown as { isConnected(): boolean }).isConnected();
    const target = open ? (server as AnyServer) : Object.assign(sdk.server(), { isConnected: connected.isConnected });
    expect(() => sdk.harden(target, stack())).toThrow('Call harden before the server is connected.');
    await client.close();
  });
});
