import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readBody } from './body.js';
import { closeServer } from './close-server.js';
import { Connections } from './connections.js';

test('a request that came while the process was set aside is handled before all connections are closed', async () => {
  // All timers of a process that was set aside are due at once, before it reads.
  const due: (() => void)[] = [];
  const clock = {
    now: () => 0,
    setTimeout: (act: () => void, ms: number) => ms === 5 && due.push(act),
    clearTimeout() {},
  };
  const held = { bytes: 0, maxBytes: 100 };
  const server = createServer((request, response) => {
    void readBody(request, 100, held).then((body) => response.end(`told ${body}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connected = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await connected;
  const answer = text(socket);
  const closed = closeServer(server, new Connections(server, 10, 30_000), clock, { lingerMs: 5, leftMs: 5 });
  // They are set when the port is closed.
  while (due.length < 2) await new Promise((resolve) => setImmediate(resolve));
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nit');
  for (const act of due) act();
  expect(await answer).toContain('told it');
  await closed;
});
