import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect as connect2, createServer as createServer2 } from 'node:http2';
import { type AddressInfo, connect, type Server } from 'node:net';
import { hardened, type Principal } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { deferred } from '../test-rig/deferred.js';
import { call, modernCall, written } from '../test-rig/messages.js';
import { mount } from './index.js';

const principal: Principal = { issuer: 'i', subject: 's', tenant: 't', scopes: ['mcp:admin'] };

/** A server that asks whether its caller is still one, and is told when the test says so. */
async function asking(createWith: (listener: RequestListener) => Server = createServer) {
  const asked = deferred();
  const told = deferred();
  const gone = deferred();
  const ran: boolean[] = [];
  const clock = new FakeClock();
  const stack = hardened({ report: () => {} });
  const tool = stack.tool({
    name: 'refund',
    description: 'Gives money back.',
    access: 'sensitive',
    scopes: ['mcp:admin'],
    effects: 'natural',
    input: z.object({}),
    handler: (_, { signal }) => {
      ran.push(signal.aborted);
      return 'refunded';
    },
  });
  const mcp = mount([tool], {
    serverInfo: { name: 'asking', version: '1' },
    auth: {
      authenticate: () => Promise.resolve(principal),
      recheck() {
        asked.resolve();
        return told.promise;
      },
    },
    resource: { url: 'http://localhost/mcp', authorizationServers: ['https://issuer.example'] },
    allowedHosts: ['127.0.0.1'],
    clock,
    drain: { lingerMs: 0 },
    log() {},
  });
  const server = createWith((request, response) => {
    response.once('close', gone.resolve);
    mcp.handle(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { asked, told, gone, ran, clock, mcp, server, port };
}

/** What ran of a call whose client hangs up while the server asks, when a drain has waited for it. */
async function runsAfter(
  { asked, told, gone, ran, mcp, server }: Awaited<ReturnType<typeof asking>>,
  hangUp: () => void,
) {
  await asked.promise;
  hangUp();
  await gone.promise;
  told.resolve();
  // The promise that was waited for, and all that goes on with it.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await mcp.close()).toEqual({ cutOff: 0 });
  server.close();
  return ran;
}

const modern = modernCall('refund');
const { progressToken: _, ..._meta } = modern.body.params._meta;
const plain = { ...modern.body, params: { ...modern.body.params, _meta } };

test.each([
  ['2026-07-28, directly', written(plain, modern.headers), []],
  ['2026-07-28, by the SDK', written(modern.body, modern.headers), []],
  ['2025, directly', written(call('refund')), [false]],
])(
  'a call whose client hung up before it began holds up no drain, and runs only where that does not cancel it: %s',
  async (_, request, runs) => {
    const server = await asking();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(request);
    expect(await runsAfter(server, () => socket.destroy())).toEqual(runs);
  },
);

test.each([
  ['directly', plain],
  ['by the SDK', modern.body],
])('over HTTP/2 as well: %s', async (_, body) => {
  const server = await asking((listener) => createServer2(listener as never));
  const client = connect2(`http://127.0.0.1:${server.port}`);
  const headers = Object.entries(modern.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const stream = client.request({
    ':method': 'POST',
    ':path': '/mcp',
    host: '127.0.0.1',
    ...Object.fromEntries(headers),
  });
  stream.on('error', () => {}).end(JSON.stringify(body));
  expect(await runsAfter(server, () => stream.close())).toEqual([]);
  client.close();
});
