import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { call, modernCall, modernList, post } from '../test-rig/messages.js';
import { start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

/** A request of the anonymous caller, as bytes. */
function written({ headers, body }: { readonly headers: object; readonly body: object }, more = {}): string {
  const text = JSON.stringify(body);
  const all = { Host: '127.0.0.1', ...headers, 'Content-Length': text.length, ...more };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

const json = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** Sends these bytes behind a call that runs, and lets it run on until what came with it was dealt with. */
async function behindRunning(bytes: string) {
  const { host, waiting } = await start({ open: true });
  const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.setEncoding('latin1').on('data', (text) => (received += text));
  const { headers } = modernCall('wait');
  const { progressToken: _, ...meta } = modernCall('wait').body.params._meta;
  socket.write(written({ headers, body: { ...call('wait'), params: { name: 'wait', _meta: meta } } }) + bytes);
  await waiting.begun.promise;
  const roundTrip = async () => expect((await post(host.url, call('echo', { text: 'x' }))).status).toBe(200);
  await roundTrip();
  return { socket, roundTrip, release: () => waiting.release.resolve(), received: () => received };
}

it.each([
  ['a list', modernList],
  ['a message that is none', { headers: json, body: { jsonrpc: '2.0', id: 1 } }],
  ['an unknown tool', modernCall('nothing')],
  ['a call', modernCall('echo', { text: 'x' })],
])('an expectation of 100 Continue is met before the answer, and never within it: %s', async (_, request) => {
  const last = written({ headers: json, body: call('echo', { text: 'the last' }) }, { Connection: 'close' });
  const { socket, release, received } = await behindRunning(written(request, { Expect: '100-continue' }) + last);
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

it('a client that still sends behind a broken request may read the answers to what came before', async () => {
  const { socket, roundTrip, release, received } = await behindRunning('garbage\r\n\r\n');
  const closed = once(socket, 'close');
  release();
  await once(socket, 'end');
  expect(received()).toMatch(/^HTTP\/1\.1 200 .*Connection: close\r\n.*waited/s);
  for (let i = 0; i < 3; i++) {
    socket.write('more');
    await roundTrip();
  }
  socket.end();
  expect(await closed).toEqual([false]);
});
