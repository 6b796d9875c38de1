import type { Server } from 'node:http';
import { type AddressInfo, connect, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long the moment is waited for. */
const patienceMs = 1_000;
/**
 * An attempt that fails may have kept somebody out whom the kernel had already told that he is connected. His kernel says it
 * again after 200 ms, and then he is let in.
 */
const againMs = 250;
/** Node's own. */
const usualBacklog = 511;

/** What Node does not show of its sockets. Without it a port is closed as anybody closes it. */
interface Bare {
  readonly _handle?: {
    listen?(backlog: number): number;
    /** 0 when the connection stands. */
    getpeername?(into: object): number;
  } | null;
}

/**
 * Closes the port, and resets nobody by it: what the kernel has accepted for a port and the process has not is reset when the
 * port closes, with the call that was sent into it. So it is closed while its queue is full of one connection of our own: Linux
 * takes no other into it then, however long this process is set aside in between, and who tries is refused in the end or tries
 * elsewhere. Resolves when the port is closed; calls `onClosed` when the last connection has ended.
 */
export async function closePort(server: Server, onClosed: () => void): Promise<void> {
  const until = performance.now() + patienceMs;
  let occupant: Socket | undefined;
  while (occupant === undefined && performance.now() < until) {
    while ((await someoneCame(server)) && performance.now() < until);
    occupant = await occupy(server);
    if (occupant === undefined) await pause(againMs);
  }
  // The `close` of an HTTP server begins with connections that idle, whatever is under way on them.
  NetServer.prototype.close.call(server, onClosed);
  occupant?.destroy();
}

/** Whether in one turn of the event loop, which accepts one of those who wait, there was one. */
async function someoneCame(server: Server): Promise<boolean> {
  let came = false;
  const onConnection = () => {
    came = true;
  };
  server.once('connection', onConnection);
  await new Promise((resolve) => setImmediate(resolve));
  server.off('connection', onConnection);
  return came;
}

/** Takes the only place in the queue. Nothing when somebody else was in it. */
async function occupy(server: Server): Promise<Socket | undefined> {
  const { _handle: listening } = server as Bare;
  listening?.listen?.(0);
  const { address, port } = server.address() as AddressInfo;
  const socket = connect(port, address);
  socket.on('error', () => {});
  // That is when Node connects, and to an address of its own the kernel does it before it returns.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const { _handle: own } = socket as Bare;
  if (own?.getpeername?.({}) === 0) return socket;
  listening?.listen?.(usualBacklog);
  socket.destroy();
  return undefined;
}
