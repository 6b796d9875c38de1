import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { call, mcpHeaders, modernCall, modernList, post, written } from '../test-rig/messages.js';
import { start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

/** A connection to a server of its own, that reads at once or only later. */
async function connected(reads: 'reading' | 'paused') {
  const { host, waiting } = await start({ open: true });
  const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  if (reads === 'paused') socket.pause();
  socket.setEncoding('latin1').on('data', (text) => (received += text));
  const roundTrip = async () => expect((await post(host.url, call('echo', { text: 'x' }))).status).toBe(200);
  return { socket, waiting, roundTrip, release: () => waiting.release.resolve(), received: () => received };
}

/** Sends these bytes, and waits until they were dealt with. */
async function alone(bytes: string) {
  const connection = await connected('paused');
  connection.socket.write(bytes);
  await connection.roundTrip();
  return connection;
}

/** Sends these bytes behind a call that runs, and lets it run on until what came with it was dealt with. */
async function behindRunning(bytes: string, reads: 'reading' | 'paused' = 'reading') {
  const connection = await connected(reads);
  const { headers, body } = modernCall('wait');
  // Without a progress token it is answered as a whole.
  const { progressToken: _, ...meta } = body.params._meta;
  connection.socket.write(written({ ...body, params: { name: 'wait', _meta: meta } }, headers) + bytes);
  await connection.waiting.begun.promise;
  await connection.roundTrip();
  return connection;
}

it.each([
  ['a list', modernList],
  ['a message that is none', { headers: mcpHeaders, body: { jsonrpc: '2.0', id: 1 } }],
  ['an unknown tool', modernCall('nothing')],
  ['a call', modernCall('echo', { text: 'x' })],
])('an expectation of 100 Continue is met before the answer, and never within it: %s', async (_, request) => {
  const last = written(call('echo', { text: 'the last' }), { Connection: 'close' });
  const { socket, release, received } = await behindRunning(
    written(request.body, { ...request.headers, Expect: '100-continue' }) + last,
  );
  release();
  await once(socket, 'end');
  socket.destroy();
  expect(
    received()
      .match(/HTTP\/1\.1 \d{3}/g)
      ?.slice(0, 2),
  ).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100']);
  expect(received()).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 \d{3}/);
});

it.each([true, false])(
  'a client that still sends behind a broken request may read all that was answered before, and late (a call runs: %s)',
  async (runs) => {
    const large = 'y'.repeat(200_000);
    const bytes = `${written(call('echo', { text: large }))}garbage\r\n\r\n`;
    const { socket, roundTrip, release, received } = await (runs ? behindRunning(bytes, 'paused') : alone(bytes));
    const closed = once(socket, 'close');
    release();
    for (let i = 0; i < 3; i++) {
      await roundTrip();
      socket.write('more');
    }
    await roundTrip();
    socket.resume();
    await once(socket, 'end');
    socket.end();
    expect(await closed).toEqual([false]);
    expect(received()).toMatch(runs ? /^HTTP\/1\.1 200 .*waited.*HTTP\/1\.1 200 /s : /^HTTP\/1\.1 200 /);
    expect(received()).toContain(large);
    expect(received()).toContain('Connection: close');
  },
);

it('an expectation that nobody knows is answered in its turn, also when a broken request follows', async () => {
  const unknown = written(call('echo', { text: 'x' }), { Expect: 'a miracle' });
  const { socket, release, received } = await behindRunning(`${unknown}garbage\r\n\r\n`);
  release();
  await once(socket, 'end');
  socket.destroy();
  expect(received().match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 417']);
});
