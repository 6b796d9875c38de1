import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { expect, test } from 'vitest';
import { closeServer } from './close-server.js';

/** A server to which somebody comes in each of the first turns, or which has other work in them; says in which it was closed. */
async function closedInTurn({ visits = 0, working = 0 }): Promise<number> {
  let now = 0;
  const clock = { now: () => now, setTimeout: () => 0, clearTimeout() {} };
  let turn = 0;
  let closedIn = -1;
  const server = Object.assign(new EventEmitter(), {
    close(done: () => void) {
      closedIn = turn;
      done();
    },
    closeAllConnections() {},
  });
  const closing = closeServer(server as unknown as Server, clock);
  while (closedIn === -1) {
    if (turn < visits) server.emit('connection');
    if (turn < working) now += 1;
    await new Promise((resolve) => setImmediate(resolve));
    turn++;
  }
  await closing;
  expect(server.listenerCount('connection')).toBe(0);
  return closedIn;
}

test('a port is closed at the end of a turn in which nobody new came', async () => {
  expect(await closedInTurn({})).toBeLessThan(3);
  expect(await closedInTurn({ visits: 20 })).toBeGreaterThanOrEqual(20);
});

test('and in which there was nothing else to do, because that is when somebody comes unseen', async () => {
  expect(await closedInTurn({ working: 20 })).toBeGreaterThanOrEqual(20);
});

test('a port to which somebody always comes is closed all the same', async () => {
  const visits = Number.POSITIVE_INFINITY;
  expect(await closedInTurn({ visits })).toBeLessThan(2_000);
  expect(await closedInTurn({ working: visits })).toBeLessThan(600);
});
