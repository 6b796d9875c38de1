import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { FakeClock } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { closeServer } from './close-server.js';

/** A server to which somebody comes in each of so many turns; says in which it was closed. */
async function closedInTurn(visits: number): Promise<number> {
  let turn = 0;
  let closedIn = -1;
  const server = Object.assign(new EventEmitter(), {
    close(done: () => void) {
      closedIn = turn;
      done();
    },
    closeAllConnections() {},
  });
  const closing = closeServer(server as unknown as Server, new FakeClock());
  for (let visit = 0; closedIn === -1; visit++) {
    if (visit < visits) server.emit('connection');
    await new Promise((resolve) => setImmediate(resolve));
    turn++;
  }
  await closing;
  expect(server.listenerCount('connection')).toBe(0);
  return closedIn;
}

test('a port is closed at the end of a turn in which nobody new came', async () => {
  expect(await closedInTurn(0)).toBeLessThan(3);
  expect(await closedInTurn(20)).toBeGreaterThanOrEqual(20);
});

test('a port to which somebody always comes is closed all the same', async () => {
  expect(await closedInTurn(Number.POSITIVE_INFINITY)).toBeLessThan(1_000);
});
