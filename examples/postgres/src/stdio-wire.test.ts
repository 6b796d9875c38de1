import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { StdioWire } from './stdio-wire.js';

const request = (id: number, method = 'tools/call') => ({ jsonrpc: '2.0' as const, id, method, params: {} });
const answer = (id: number) => ({ jsonrpc: '2.0' as const, id, result: {} });

async function connected(graceMs?: number) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const closed = vi.fn();
  const wire = new StdioWire(closed, { stdin, stdout, ...(graceMs === undefined ? {} : { graceMs }) });
  const got: object[] = [];
  wire.onmessage = (message) => void got.push(message);
  wire.onclose = vi.fn();
  await wire.start();
  const ends = (...messages: object[]) => {
    stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
    return vi.waitFor(() => expect(got).toHaveLength(messages.length)).then(() => setImmediate());
  };
  return { wire, closed, ends, written: () => String(stdout.read() ?? '') };
}

it('requests that are open at the end of input are answered, and then it closes, once', async () => {
  const { wire, closed, ends, written } = await connected();
  await ends(request(1), request(2));
  expect(closed).not.toHaveBeenCalled();
  await wire.send({ jsonrpc: '2.0', method: 'notifications/message', params: {} });
  await wire.send(answer(2));
  expect(closed).not.toHaveBeenCalled();
  await wire.send(answer(1));
  expect(written().trim().split('\n')).toHaveLength(3);
  await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1));
  expect(wire.onclose).toHaveBeenCalledTimes(1);
  await wire.close();
  expect(closed).toHaveBeenCalledTimes(1);
});

it.each([
  ['nothing is asked', []],
  [
    'all that was asked is cancelled',
    [request(1), { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }],
  ],
  ['only subscriptions are open', [request(1, 'subscriptions/listen')]],
])('it closes with its input when %s', async (_what, messages) => {
  const { closed, ends } = await connected();
  await ends(...messages);
  await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1));
});

it('what is not answered within the grace time holds it open no longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { closed, ends } = await connected(5_000);
    const ended = ends(request(1));
    await vi.advanceTimersByTimeAsync(100);
    await ended;
    await vi.advanceTimersByTimeAsync(4_800);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(closed).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});
