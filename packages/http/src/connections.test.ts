import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { call, post } from '../test-rig/messages.js';
import { start, stopAll } from '../test-rig/start.js';
import { Connections } from './connections.js';

const open: Socket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await stopAll();
});

/** A connection, and what was received on it so far. */
async function dial(port: number, bytes = '') {
  const socket = connect(port, '127.0.0.1');
  open.push(socket);
  let received = '';
  let wake = () => {};
  socket.on('data', (chunk) => {
    received += chunk;
    wake();
  });
  socket.on('error', () => {}).on('close', () => wake());
  await new Promise((resolve) => socket.once('connect', resolve));
  const until = async (done: () => boolean) => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  if (bytes !== '') socket.write(bytes);
  return {
    socket,
    write: (text: string) => void socket.write(text),
    answered: () => until(() => received.includes('\r\n\r\n')),
    closed: () => until(() => socket.closed),
  };
}

const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';

it('a call that takes longer than a client may go without reading is not cut off while nothing waits for its client', async () => {
  const { host, waiting } = await start({ requestTimeoutMs: 150, open: true });
  const called = post(host.url, call('wait'));
  await waiting.begun.promise;
  await new Promise((resolve) => setTimeout(resolve, 500));
  waiting.release.resolve();
  expect(await (await called).text()).toContain('waited');
});

it.each([
  ['that is over is forgotten', health, false],
  [
    'whose request has not come to its end is kept',
    health.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 9\r\n\r\n'),
    true,
  ],
])('an exchange %s', async (_, text, kept) => {
  const server = createServer();
  const connections = new Connections(server, 10, 30_000);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  await dial((server.address() as AddressInfo).port, text);
  const [{ socket }, response] = await asked;
  expect(connections.lastOn(socket)?.response).toBe(response);
  response.end();
  await once(response, 'close');
  expect(connections.lastOn(socket) !== undefined).toBe(kept);
  server.closeAllConnections();
  server.close();
});

describe('at the bound of connections', () => {
  it('the one that has been silent longest makes room, whether it never spoke, idles or trickles', async () => {
    const { host, origin } = await start({ maxConnections: 4, open: true });
    const mute = await dial(host.port);
    const idle = await dial(host.port, health);
    await idle.answered();
    const trickling = await dial(host.port, 'GET /heal');
    const head = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const body = await dial(host.port, `${head}Content-Length: 50\r\n\r\n{`);
    // So that the server has seen it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const silent of [mute, idle, trickling, body]) {
      const next = await dial(host.port, health);
      await next.answered();
      await silent.closed();
    }
    expect((await fetch(`${origin}/health`)).status).toBe(200);
  });

  it('one that is used again is not the longest silent any more', async () => {
    const { host } = await start({ maxConnections: 2, open: true });
    const first = await dial(host.port, health);
    await first.answered();
    const second = await dial(host.port, health);
    await second.answered();
    first.write(health);
    await new Promise((resolve) => first.socket.once('data', resolve));
    const third = await dial(host.port, health);
    await third.answered();
    await second.closed();
    expect(first.socket.closed).toBe(false);
  });

  it('those on which a call runs stay; when all are busy the next is closed at once', async () => {
    const { host, waiting } = await start({ maxConnections: 2, open: true });
    const calls = [1, 2].map((id) => post(host.url, call('wait', {}, id)));
    while (waiting.count() < 2) await new Promise(setImmediate);
    const third = await dial(host.port, health);
    await third.closed();
    waiting.release.resolve();
    for (const response of await Promise.all(calls)) expect(await response.text()).toContain('waited');
  });

  it.each([0, 1.5, Number.NaN])('%s is refused at the start', async (maxConnections) => {
    await expect(start({ maxConnections })).rejects.toThrow(TypeError);
  });
});
