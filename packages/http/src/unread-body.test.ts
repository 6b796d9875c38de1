import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connect2, createServer as createServer2 } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import fastifyApp from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { call, post } from '../test-rig/messages.js';
import { start, stopAll } from '../test-rig/start.js';
import { testTools } from '../test-rig/test-tools.js';
import { fastify, mount } from './index.js';

afterEach(stopAll);

const json = 'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';
const mebi = 1024 * 1024;

/** Sends the beginning of a request and goes on to send, and reads nothing before the server has dealt with all of it. */
async function sendOn(head: string, more: readonly string[], open = true): Promise<string> {
  const { host } = await start({ open });
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
    expect((await post(host.url, call('echo', { text: 'x' }))).status).toBe(open ? 200 : 401);
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

it('what refuses a caller reaches it, though it still sends and the answer is the last', async () => {
  const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer x\r\n${json}Content-Length: 9000\r\n`;
  const received = await sendOn(`${head}Connection: close\r\n`, ['more', 'and', 'more', 'of it'], false);
  expect(received).toMatch(/^HTTP\/1\.1 401 .*WWW-Authenticate: Bearer .*"jsonrpc"/s);
});

const post413 = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}`;
const large = 'x'.repeat(3 * mebi);

it.each([
  ['declared', 'Content-Length: 900000000\r\n', [large, large, large, large, large]],
  ['in chunks', 'Transfer-Encoding: chunked\r\n', [large, large, large, large, large].map(chunk)],
  ['in many small chunks', 'Transfer-Encoding: chunked\r\n', Array(10).fill(chunk('x'.repeat(50)).repeat(25_000))],
])('a client that sends more than is ever read gets to see the 413: %s', async (_, head, more) => {
  expect(await sendOn(post413 + head, more)).toMatch(/^HTTP\/1\.1 413 .*"body_too_large"/s);
});

it('a bound of the body that one read goes far beyond is answered with 413 as well', async () => {
  const { host } = await start({ open: true, maxBodyBytes: 1_000 });
  const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(`${post413}Transfer-Encoding: chunked\r\n\r\n${chunk('x'.repeat(20_000))}0\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
});

const write = JSON.stringify(call('write_note', { text: 'x' }));
const writes = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}Content-Length: ${write.length}\r\n\r\n${write}`;
const own = 'POST /own HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n';

describe('what follows on a connection that closes is never run, as it could not be answered', () => {
  it.each([
    ['a declared body', 'Content-Length: 9437184\r\n', [large, large, large]],
    ['chunks', 'Transfer-Encoding: chunked\r\n', [large, large, large, large].map(chunk).concat('0\r\n\r\n')],
  ])('behind %s', async (_, head, body) => {
    const { host, runs } = await start({ open: true });
    const socket = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
    const ended = once(socket.resume(), 'end');
    socket.write(`${post413}${head}\r\n${body.join('')}`);
    await ended;
    await new Promise((written) => socket.write(writes, written));
    expect((await post(host.url, call('echo', { text: 'x' }))).status).toBe(200);
    expect(runs).toEqual(['echo']);
    socket.destroy();
  });

  it('in an app that closes connections itself, its own routes neither', async () => {
    const { tools, runs } = testTools();
    const mcp = mount(tools, { anonymous: true, serverInfo: { name: 'mounted', version: '1' }, log: () => {} });
    const server = createServer((request, response) => {
      response.setHeader('Connection', 'close');
      if (mcp.handle(request, response)) return;
      runs.push('own');
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const ended = once(socket.resume(), 'end');
    socket.write('PUT /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n');
    await ended;
    await new Promise((written) => socket.write(`abcd${own}${writes}`, written));
    await fetch(`http://127.0.0.1:${port}/own`);
    expect(runs).toEqual(['own']);
    socket.destroy();
    server.close();
    await mcp.close();
  });
});

describe('a body without end, in an app whose requests', () => {
  const mounted = () =>
    mount(testTools().tools, { anonymous: true, serverInfo: { name: 'mounted', version: '1' }, log: () => {} });

  it('are those of HTTP/2, is answered with 413, and the connection goes on', async () => {
    const mcp = mounted();
    const server = createServer2((request, response) => {
      mcp.handle(request as never, response as never);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const ask = () => client.request({ ':method': 'POST', ':path': '/mcp', host: 'localhost', ...headers });
    const endless = ask();
    const answered = once(endless, 'response');
    for (let i = 0; i < 3; i++) await new Promise((written) => endless.write(large, written));
    expect((await answered)[0][':status']).toBe(413);
    endless.on('error', () => {}).write(large);
    const next = ask();
    next.end(JSON.stringify(call('echo', { text: 'x' })));
    expect((await once(next, 'response'))[0][':status']).toBe(200);
    client.destroy();
    server.close();
    await mcp.close();
  });

  it('are injected by Fastify, is answered with 413', async () => {
    const mcp = mounted();
    const app = fastifyApp();
    fastify(app, mcp);
    const headers = {
      host: 'localhost',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const payload = Readable.from(Array(12).fill(Buffer.alloc(mebi)));
    const answer = await app.inject({ method: 'POST', url: '/mcp', headers, payload });
    expect(answer.statusCode).toBe(413);
    await app.close();
    await mcp.close();
  });
});
