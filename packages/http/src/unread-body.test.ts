import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { call, post } from '../test-rig/messages.js';
import { start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

const json = 'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';
const mebi = 1024 * 1024;

/** Sends the beginning of a request and goes on to send, and reads nothing before the server has dealt with all of it. */
async function sendOn(head: string, more: readonly string[]): Promise<string> {
  const { host } = await start({ open: true });
  const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.pause();
  let received = '';
  socket.setEncoding('latin1').on('data', (text) => (received += text));
  socket.on('end', () => socket.end());
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve(received));
  });
  for (const text of [`${head}\r\n`, ...more]) {
    await new Promise((written) => socket.write(text, written));
    expect((await post(host.url, call('echo', { text: 'x' }))).status).toBe(200);
  }
  socket.resume();
  return closed;
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

it.each([
  ['a path that is none', 'POST /none HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n', 404],
  ['another method', `PUT /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}Content-Length: 9000\r\n`, 405],
  [
    'another type',
    'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 9000\r\n',
    415,
  ],
  ['a body over the limit', `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}Content-Length: ${2 * mebi}\r\n`, 413],
])(
  'what refuses a request reaches its client, though it still sends and the answer is the last: %s',
  async (_, head, status) => {
    const received = await sendOn(`${head}Connection: close\r\n`, ['more', 'and', 'more', 'of it']);
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*"jsonrpc"`, 's'));
  },
);

it('a client that sends more than is ever read gets to see the 413', async () => {
  const large = 'x'.repeat(3 * mebi);
  const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}`;
  for (const received of [
    await sendOn(`${head}Content-Length: ${900 * mebi}\r\n`, [large, large, large, large]),
    await sendOn(`${head}Transfer-Encoding: chunked\r\n`, [large, large, large, large].map(chunk)),
  ]) {
    expect(received).toMatch(/^HTTP\/1\.1 413 .*"body_too_large"/s);
  }
});
