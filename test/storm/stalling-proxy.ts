import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to a port of this machine that can fail. */
export interface StallingProxy {
  readonly port: number;
  /** Connections stay and new ones are taken, but no byte gets through. */
  stall(): void;
  /** Breaks what is open, with all that was held back, and whatever comes. The port stays taken: nobody else can be there meanwhile. */
  breakOff(): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startStallingProxy(targetPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  let broken = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    // Half-closed and broken connections are passed on as they are.
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (stalled) from.pause();
  };
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (broken) {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    breakOff() {
      broken = true;
      breakAll();
    },
    resume() {
      stalled = false;
      broken = false;
      for (const socket of sockets) socket.resume();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}
