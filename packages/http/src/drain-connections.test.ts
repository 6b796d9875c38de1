import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { legacyClient, modernClient } from '../test-rig/connect.js';
import { call, written } from '../test-rig/messages.js';
import { start, stopAll } from '../test-rig/start.js';

const open: Socket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await stopAll();
});

/** What became of a call on a connection that is kept. */
type Answer = { readonly status: number; readonly last: boolean; readonly text: string } | 'reset';

const echo = written(call('echo', { text: 'x' }));

/** A connection that is kept, on which one call at a time is made. */
async function keptConnection(port: number) {
  const socket = connect(port, '127.0.0.1');
  open.push(socket);
  let received = '';
  let answered: (answer: Answer) => void = () => {};
  const isComplete = () => {
    const [head = '', body = ''] = received.split('\r\n\r\n', 2);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    return (
      received.includes('\r\n\r\n') &&
      (length === undefined ? /\r\n0\r\n\r\n$/.test(received) : body.length >= Number(length))
    );
  };
  socket.on('data', (chunk) => {
    received += chunk;
    if (!isComplete()) return;
    const text = received;
    received = '';
    answered({ status: Number(text.slice(9, 12)), last: /^connection: close\r$/im.test(text), text });
  });
  socket.on('error', () => {});
  socket.on('close', () => answered('reset'));
  await once(socket, 'connect');
  return {
    socket,
    answer: () =>
      new Promise<Answer>((resolve) => {
        answered = resolve;
      }),
    /** Sends the call at once. */
    send(bytes: string): Promise<Answer> {
      const answer = this.answer();
      socket.write(bytes);
      return answer;
    },
  };
}

const shutDown = { status: 503, last: true, text: expect.stringContaining('SHUTTING_DOWN') as string };

const closed = (origin: string) =>
  expect
    .poll(
      () =>
        fetch(new URL('/health', origin)).then(
          () => 'listens',
          () => 'closed',
        ),
      { timeout: 30_000 },
    )
    .toBe('closed');

describe('nothing is reset while a server drains', () => {
  it('a call that is under way on an idle connection when the drain begins is told', async () => {
    const { host } = await start({ open: true, drain: { lingerMs: 10_000 } });
    const connection = await keptConnection(host.port);
    expect(await connection.send(echo)).toMatchObject({ status: 200, last: false });
    const sent = connection.send(echo);
    const drained = host.close();
    expect(await sent).toEqual(shutDown);
    await drained;
  });

  it('the answer of a call that runs when the drain begins is the last on its connection, and says so', async () => {
    const { host, waiting } = await start({ open: true });
    const connection = await keptConnection(host.port);
    const running = connection.send(written(call('wait')));
    await waiting.begun.promise;
    const drained = host.close();
    waiting.release.resolve();
    expect(await running).toMatchObject({ status: 200, last: true, text: expect.stringContaining('waited') as string });
    await drained;
  });

  it('a connection that idles, or never said anything, is open and answers until the linger is over after the last call', async () => {
    const clock = new FakeClock();
    const { host, origin } = await start({ open: true, clock, drain: { lingerMs: 2_000 } });
    const [used, fresh, idle, silent] = [
      await keptConnection(host.port),
      await keptConnection(host.port),
      await keptConnection(host.port),
      await keptConnection(host.port),
    ];
    for (const connection of [used, idle]) await connection.send(echo);
    // So that the server has accepted all of them.
    await (await fetch(`${origin}/health`)).text();
    const drained = host.close();
    await closed(origin);
    await clock.advance(1_999);
    for (const connection of [used, fresh]) expect(await connection.send(echo)).toEqual(shutDown);
    const ends = [idle, silent].map((connection) => connection.answer());
    await clock.advance(1);
    expect(await Promise.all(ends)).toEqual(['reset', 'reset']);
    expect(await drained).toEqual({ cutOff: 0 });
    expect(clock.timers).toBe(0);
  });

  it.each([
    ['its headers', 40],
    ['its body', echo.length - 10],
  ])('a request that has begun to arrive, and is in %s, comes to its end and is told', async (_, split) => {
    const clock = new FakeClock();
    const { host, origin } = await start({ open: true, clock });
    const connection = await keptConnection(host.port);
    connection.socket.write(echo.slice(0, split));
    // So that the server has read it.
    await (await fetch(`${origin}/health`)).text();
    const drained = host.close();
    await closed(origin);
    await clock.advance(20_000);
    expect(await connection.send(echo.slice(split))).toEqual(shutDown);
    expect(await drained).toEqual({ cutOff: 0 });
    expect(clock.timers).toBe(0);
  });

  it('one that never comes to its end is cut off when the grace period is over', async () => {
    const clock = new FakeClock();
    const { host, origin } = await start({ open: true, clock, drain: { graceMs: 30_000 } });
    const connection = await keptConnection(host.port);
    connection.socket.write(echo.slice(0, -1));
    await (await fetch(`${origin}/health`)).text();
    const end = connection.answer();
    const drained = host.close();
    await closed(origin);
    await clock.advance(29_999);
    expect(connection.socket.closed).toBe(false);
    await clock.advance(1);
    expect(await end).toBe('reset');
    expect(await drained).toEqual({ cutOff: 0 });
  });

  it('of all calls of clients that never pause, and of both official clients, none ends without an answer', async () => {
    const clock = new FakeClock();
    const { host, runs } = await start({ open: true, clock, drain: { lingerMs: 1_000 } });
    const seen: Answer[] = [];
    const hammering = Array.from({ length: 30 }, async () => {
      const connection = await keptConnection(host.port);
      for (;;) {
        const answer = await connection.send(echo);
        seen.push(answer);
        if (answer === 'reset' || answer.last) return;
      }
    });
    const official = [await modernClient(host.url), (await legacyClient(host.url)).client].map(async (client) => {
      for (;;) {
        const failure = await client.callTool({ name: 'echo', arguments: { text: 'x' } }).then(() => undefined, String);
        if (failure !== undefined) return failure;
      }
    });
    await expect.poll(() => runs.length, { timeout: 30_000 }).toBeGreaterThan(200);
    const drained = host.close();
    await Promise.all(hammering);
    for (const failure of await Promise.all(official)) expect(failure).toContain('shutting down');
    expect(seen.filter((answer) => answer === 'reset')).toEqual([]);
    expect(seen.filter((answer) => answer !== 'reset' && answer.last)).toHaveLength(30);
    await closed(host.url);
    // Connections that `fetch` keeps.
    await clock.advance(1_000);
    expect(await drained).toEqual({ cutOff: 0 });
  });
});
