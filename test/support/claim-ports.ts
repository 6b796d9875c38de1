import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** With what lies 10,000 above, for the bus of a Redis Cluster, below what Linux (from 32,768), macOS and Windows give out by themselves. */
const [first, amount] = [10_000, 10_000];

/**
 * So many TCP ports of the loopback interface that nobody listens on. Nobody else claims them while this process lives, so that what
 * is started there late, or again and again, finds its port: each is held by the UDP socket of its number, which ends with the process.
 */
export function claimPorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, claimPort));
}

async function claimPort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * amount);
    if ((await hold(port)) && (await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

/** Resolves to whether it was nobody's. */
async function hold(port: number): Promise<boolean> {
  const socket = createSocket('udp4').bind({ address: '127.0.0.1', port, exclusive: true });
  socket.unref();
  const held = await succeeds(once(socket, 'listening'));
  if (!held) socket.close();
  return held;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen({ host: '127.0.0.1', port, exclusive: true });
  const free = await succeeds(once(server, 'listening'));
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

function succeeds(bound: Promise<unknown>): Promise<boolean> {
  return bound.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return false;
      throw error;
    },
  );
}
