import type { Server } from 'node:http';
import type { Clock } from '@sallyport/core';

/** How long a connection that was accepted in time has to say what it wants. */
const lastRequestsMs = 500;
/** Turns of the event loop that are waited for one that will do, and for how long, in milliseconds. */
const patientTurns = 1_000;
const patientMs = 500;
/** An empty turn takes a few microseconds. */
const shortTurnMs = 0.05;

/**
 * Stops listening. What the kernel has accepted for a port and the process has not is reset when the port closes, so it closes at
 * the end of a turn in which nobody new came, and in which nothing else was done either: who comes between the look and the end
 * is reset. A call on a connection that was accepted before is still told that it came too late, so that its load balancer does
 * not have to guess; then what is left is cut: clients that say nothing or do not read.
 */
export async function closeServer(server: Server, clock: Clock): Promise<void> {
  let came = true;
  const onConnection = () => {
    came = true;
  };
  server.on('connection', onConnection);
  // What was written last leaves the process in the next turn, too.
  const until = clock.now() + patientMs;
  let tookMs = Number.POSITIVE_INFINITY;
  for (let turn = 0; (came || tookMs > shortTurnMs) && turn < patientTurns && clock.now() < until; turn++) {
    came = false;
    const began = clock.now();
    await new Promise((resolve) => setImmediate(resolve));
    tookMs = clock.now() - began;
  }
  server.off('connection', onConnection);
  await new Promise<void>((resolve) => {
    const timer = clock.setTimeout(() => server.closeAllConnections(), lastRequestsMs);
    server.close(() => {
      clock.clearTimeout(timer);
      resolve();
    });
  });
}
