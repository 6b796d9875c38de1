import type { Server } from 'node:http';
import type { Clock } from '@sallyport/core';
import { afterLook } from './after-look.js';
import { closePort } from './close-port.js';
import type { Connections } from './connections.js';

/** How long what is still open may stay open, in milliseconds. */
export interface ClosingTimes {
  /** Connections on which nothing is under way. */
  readonly lingerMs: number;
  /** All of them. */
  readonly leftMs: number;
}

/**
 * Closes the port, then the connections. A call on one that is open is told that it came too late, so that nobody has to guess
 * whether it took effect; one that idles stays open for `lingerMs`, because a call may be under way on it. A request that has
 * begun to arrive is let come to its end.
 */
export async function closeServer(
  server: Server,
  connections: Connections,
  clock: Clock,
  { lingerMs, leftMs }: ClosingTimes,
): Promise<void> {
  let onClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });
  await closePort(server, onClosed);
  const timers = [
    afterLook(clock, Math.min(lingerMs, leftMs), () => {
      server.closeIdleConnections();
      connections.closeSilent();
    }),
    afterLook(clock, leftMs, () => server.closeAllConnections()),
  ];
  await closed;
  for (const timer of timers) clock.clearTimeout(timer);
  // Ends its watch over slow requests, which was needed until now.
  server.close();
}
