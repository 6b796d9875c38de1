import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, Server as NetServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { closePort } from './close-port.js';

async function listening(host: string) {
  const server = createServer((_, response) => response.end('answered'));
  await once(server.listen(0, host), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

it.each(['127.0.0.1', '0.0.0.0', '::'])(
  'who waits to be accepted when a port of %s closes is answered',
  async (host) => {
    const { server, port } = await listening(host);
    const waiting = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'));
    const answers = waiting.map(async (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      return String(await once(socket, 'data'));
    });
    const closed = new Promise<void>((resolve) => void closePort(server, resolve));
    for (const answer of await Promise.all(answers)) expect(answer).toContain('answered');
    await closed;
    expect((await once(connect(port, '127.0.0.1'), 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
  },
);

/** Connects while this process stands still, and says whether it could. */
function connectsMeanwhile(port: number): boolean {
  const client = `require('net').connect(${port}, '127.0.0.1', () => { console.log('connected'); process.exit(); });
    setTimeout(process.exit, 300);`;
  return spawnSync(process.execPath, ['-e', client], { encoding: 'utf8' }).stdout.includes('connected');
}

it.runIf(process.platform === 'linux')(
  'nobody connects to a port that closes, however long its process is set aside',
  async () => {
    const { server, port } = await listening('127.0.0.1');
    expect(connectsMeanwhile(port)).toBe(true);
    const { close } = NetServer.prototype;
    let connected: boolean | undefined;
    vi.spyOn(NetServer.prototype, 'close').mockImplementationOnce(function (this: NetServer, onClosed) {
      connected = connectsMeanwhile(port);
      return close.call(this, onClosed);
    });
    await new Promise<void>((resolve) => void closePort(server, resolve));
    expect(connected).toBe(false);
  },
);
