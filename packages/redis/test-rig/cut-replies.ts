import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy before a server that can let a command arrive and then cut the connection before the reply comes back. */
export interface CuttingProxy {
  readonly url: string;
  /** Cuts every connection at its next reply; resolves when one was cut. */
  cutNextReply(): Promise<void>;
  close(): Promise<void>;
}

export async function cutReplies(port: number): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let cut: (() => void) | undefined;
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    open.add(client);
    client.pipe(server);
    server.on('data', (reply) => {
      if (cut === undefined) {
        client.write(reply);
        return;
      }
      cut();
      cut = undefined;
      client.destroy();
    });
    for (const socket of [client, server]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        server.destroy();
        open.delete(client);
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cutNextReply: () =>
      new Promise((resolve) => {
        cut = resolve;
      }),
    async close() {
      for (const client of open) client.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
