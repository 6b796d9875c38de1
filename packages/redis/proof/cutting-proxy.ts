import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can lose replies. */
export interface CuttingProxy {
  readonly url: string;
  /** From now on the next reply is thrown away, and its connection with it, `times` times over. */
  cut(times: number): void;
  /** How many replies were lost. */
  readonly lost: number;
  close(): Promise<void>;
}

/** In front of a Redis: requests always arrive, replies only as long as nobody says `cut`. */
export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  let toCut = 0;
  let lost = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (request) => server.write(request));
    server.on('data', (reply) => {
      if (toCut > 0) {
        toCut--;
        lost++;
        client.destroy();
      } else client.write(reply);
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut(times) {
      toCut = times;
    },
    get lost() {
      return lost;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
