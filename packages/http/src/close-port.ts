import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long the moment is waited for: who is not connected by then may be reset. */
const patienceMs = 1_000;
/** A handshake that went wrong is repeated by its client, but not at once. */
const handshakeMs = 10;
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
    // Accepts one of those who wait.
    await new Promise((resolve) => setImmediate(resolve));
    occupant = await occupy(server);
  }
  // The `close` of an HTTP server begins with connections that idle, whatever is under way on them.
  NetServer.prototype.close.call(server, onClosed);
  occupant?.destroy();
}

/** Takes the only place in the queue. Nothing when somebody else is in it, or on the way into it. */
async function occupy(server: Server): Promise<Socket | undefined> {
  const { _handle: listening } = server as Bare;
  listening?.listen?.(0);
  const { address, port } = server.address() as AddressInfo;
  const socket = connect(port, address);
  socket.on('error', () => {});
  // That is when Node connects, and to an address of its own the kernel does it before it returns.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const isConnected = (socket as Bare)._handle?.getpeername?.({}) === 0;
  const isAlone = isConnected && !shakesHands(port);
  if (isAlone) return socket;
  listening?.listen?.(usualBacklog);
  socket.destroy();
  if (isConnected) await pause(handshakeMs);
  return undefined;
}

/** Whether somebody has been answered by the port and not been put into its queue: he believes that he is connected. */
function shakesHands(port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((file) =>
    linesOf(file).some((line) => {
      const [, from, , state] = line.trim().split(/\s+/, 4);
      return state === synReceived && from?.endsWith(local) === true;
    }),
  );
}

const synReceived = '03';

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
}
