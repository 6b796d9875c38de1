import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target } from './edge-fuzz/start-target.js';
import { send } from './support/raw-http.js';

/** With a request timeout of 2 seconds and the default of 10,000 connections; loopback has addresses enough for more clients. */
let target: Target;
let url: string;
const open = new Set<Socket>();

beforeAll(async () => {
  target = await startTarget({ requestTimeoutMs: 2_000 });
  url = `http://127.0.0.1:${target.port}`;
  await call();
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  await target.stop();
});

/** A call over a connection of its own, which must be answered. Returns how long it took, in milliseconds. */
async function call(): Promise<number> {
  const began = performance.now();
  const answer = await send(`${url}/mcp`, {
    headers: {
      authorization: `Bearer ${target.tokens.good[0]}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"alive"}}}',
  });
  expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('alive') });
  return performance.now() - began;
}

/** The nth client, from an address of its own for each 4,000: an address has no more ports to spare. */
function dial(nth: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const localAddress = `127.0.1.${1 + Math.floor(nth / 4_000)}`;
    const socket = connect({ port: target.port, host: '127.0.0.1', localAddress }, () => resolve(socket));
    open.add(socket);
    socket
      .on('error', reject)
      .on('close', () => open.delete(socket))
      .resume();
  });
}

async function dialMany(count: number, then: (socket: Socket, nth: number) => void = () => {}): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i += 250) {
    const some = await Promise.all(Array.from({ length: Math.min(250, count - i) }, (_, k) => dial(i + k)));
    for (const [k, socket] of some.entries()) {
      socket.removeAllListeners('error').on('error', () => {});
      then(socket, i + k);
    }
    sockets.push(...some);
  }
  return sockets;
}

/** Resolves when every one of them is closed. */
async function closed(sockets: readonly Socket[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while (sockets.some((socket) => !socket.closed)) {
    if (performance.now() > until)
      throw new Error(`${sockets.filter((socket) => !socket.closed).length} are still open`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const head = (token: string) =>
  `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;

/** What one process may have open. */
const { userLimits } = process.report.getReport() as {
  readonly userLimits?: { readonly open_files?: { hard?: unknown } };
};
const mayOpen = Number(userLimits?.open_files?.hard ?? Number.POSITIVE_INFINITY);
const tooFew = mayOpen < 11_000;
if (tooFew) console.warn(`SKIPPED: 10,000 connections need 11,000 open files (ulimit -n), there are ${mayOpen}.`);

describe('10,000 connections', () => {
  test.skipIf(tooFew && process.env.CI !== 'true')(
    'that say nothing keep nobody out: the server answers, stays small, and at its bound the longest silent one makes room',
    async () => {
      const before = await target.health();
      const answered = { count: 0 };
      const idle = await dialMany(10_000, (socket) => {
        socket.once('data', () => answered.count++).write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      });
      while (answered.count < 10_000) await new Promise((resolve) => setTimeout(resolve, 50));
      const times: number[] = [];
      for (let i = 0; i < 20; i++) times.push(await call());
      const during = await target.health();
      expect(during.handles).toBeGreaterThan(9_000);
      expect(during.handles).toBeLessThan(10_100);
      // Each costs less than 20 KB.
      expect(during.heapBytes - before.heapBytes).toBeLessThan(200 * 1024 * 1024);
      expect(Math.min(...times)).toBeLessThan(1_000);

      const more = await dialMany(500);
      expect((await target.health()).handles).toBeLessThan(10_100);
      await call();
      for (const socket of [...idle, ...more]) socket.destroy();
      await closed([...idle, ...more], 30_000);
      const after = await target.health();
      expect(after.handles).toBeLessThanOrEqual(before.handles + 2);
      expect(after.heapBytes - before.heapBytes).toBeLessThan(16 * 1024 * 1024);
      expect(after.crashes).toEqual([]);
    },
    180_000,
  );
});

describe('clients that trickle', () => {
  const kinds: readonly (readonly [first: string, rest: (nth: number) => string])[] = [
    ['POST /mcp HTTP/1.1\r\nHost: localhost\r\n', (nth) => `X-${nth}: 1\r\n`],
    [`${head('GOOD')}Content-Length: 5000\r\n\r\n{`, () => ' '],
    [`${head('GOOD')}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, () => '1\r\n \r\n'],
    [`${head('bad')}Content-Length: 5000\r\n\r\n{`, () => ' '],
    ['P', () => 'O'],
  ];

  test('headers, bodies, chunks, bodies without a valid token or a request line, 200 of each: calls are answered meanwhile, and all are cut off in time', async () => {
    const before = await target.health();
    const good = target.tokens.good[0] ?? '';
    const kind = (nth: number) => kinds[nth % kinds.length] ?? ['', () => ''];
    const slow = await dialMany(1_000, (socket, nth) => socket.write(kind(nth)[0].replace('GOOD', good)));
    let drops = 0;
    const drip = setInterval(() => {
      drops++;
      for (const [nth, socket] of slow.entries()) if (socket.writable) socket.write(kind(nth)[1](drops));
    }, 200);
    try {
      for (let i = 0; i < 5; i++) expect(await call()).toBeLessThan(2_000);
      // 2 seconds, as long again until it is noticed, and 2 to read the answer.
      await closed(slow, 20_000);
    } finally {
      clearInterval(drip);
    }
    const after = await target.health();
    expect(after.handles).toBeLessThanOrEqual(before.handles + 2);
    expect(after.crashes).toEqual([]);
  }, 60_000);
});

describe('clients that go away', () => {
  const message = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"steps","arguments":{"count":20}}}';
  const whole = (token: string) => `${head(token)}Content-Length: ${message.length}\r\n\r\n${message}`;

  test.each<[string, (socket: Socket, nth: number) => void]>([
    ['reset the connection', (socket) => socket.resetAndDestroy()],
    ['close the connection', (socket) => socket.destroy()],
    ['close their side', (socket) => socket.end()],
    ['never read', (socket, nth) => (nth % 50 === 0 ? socket.pause() : socket.destroy())],
  ])(
    'in 1,000 places of a request, and %s: nothing of them is left',
    async (_, leave) => {
      const before = await target.health();
      const bytes = whole(target.tokens.good[1] ?? '');
      const sockets = await dialMany(1_000, (socket, nth) => {
        socket.write(bytes.slice(0, 1 + Math.floor((bytes.length * nth) / 1_000)), () => leave(socket, nth));
      });
      await call();
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const socket of sockets) socket.destroy();
      await closed(sockets, 20_000);
      const after = await target.health();
      expect(after.handles).toBeLessThanOrEqual(before.handles + 2);
      expect(after.crashes).toEqual([]);
      expect(after.heapBytes - before.heapBytes).toBeLessThan(16 * 1024 * 1024);
      await call();
    },
    60_000,
  );
});

test('clients that do not read their answers are cut off, and what was kept for them is let go', async () => {
  const before = await target.health();
  const text = 'x'.repeat(500_000);
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"${text}"}}}`;
  // A token that the server knows: after what came before, the address has no room left for unknown ones.
  const request = `${head(target.tokens.good[0] ?? '')}Content-Length: ${body.length}\r\n\r\n${body}`;
  // Each asks for 12 answers of a megabyte; what the kernel takes for a client is less.
  const sockets = await dialMany(20, (socket) => {
    socket.pause();
    socket.write(request.repeat(12));
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await call();
  const until = performance.now() + 20_000;
  let held = await target.health();
  // What was queued for a connection is let go a moment after the connection itself.
  const isHeld = () => held.handles > before.handles + 2 || held.heapBytes - before.heapBytes >= 16 * 1024 * 1024;
  while (isHeld() && performance.now() < until) held = await target.health();
  expect(held.handles).toBeLessThanOrEqual(before.handles + 2);
  expect(held.heapBytes - before.heapBytes).toBeLessThan(16 * 1024 * 1024);
  for (const socket of sockets) socket.destroy();
  await call();
}, 60_000);

test('bodies that 400 callers hold back together do not fill the memory: beyond the bound they get 503', async () => {
  await target.stop();
  // So that nobody is cut off for being slow, which so many bytes are on a busy machine.
  target = await startTarget({ requestTimeoutMs: 60_000 });
  url = `http://127.0.0.1:${target.port}`;
  await call();
  const before = await target.health();
  const good = target.tokens.good[2] ?? '';
  const statuses: number[] = [];
  const sockets = await dialMany(400, (socket) => {
    socket.removeAllListeners('data').on('data', (bytes: Buffer) => {
      statuses.push(Number(/^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1] ?? 0));
    });
    socket.write(`${head(good)}Content-Length: 1000000\r\n\r\n"${'x'.repeat(900_000)}`);
  });
  const until = performance.now() + 50_000;
  while (!statuses.includes(503) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  const during = await target.health();
  expect(statuses).toContain(503);
  expect(during.heapBytes - before.heapBytes).toBeLessThan(330 * 1024 * 1024);
  for (const socket of sockets) socket.destroy();
  await closed(sockets, 20_000);
  await call();
  expect((await target.health()).heapBytes - before.heapBytes).toBeLessThan(16 * 1024 * 1024);
}, 120_000);
