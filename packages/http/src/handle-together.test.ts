import { AsyncLocalStorage } from 'node:async_hooks';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { type BodiesHeld, readBody } from './body.js';
import { writeTogether } from './direct/write-together.js';
import { handleTogether } from './handle-together.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => vi.restoreAllMocks());

/** Requests that have come, and what happens to them. No time passes, however slow the machine is. */
function requests() {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  const seen: string[] = [];
  const streams: PassThrough[] = [];
  const held: BodiesHeld = { bytes: 0, maxBytes: 1_000 };
  const answer = (name: string) =>
    writeTogether({ end: (text: string) => void seen.push(`wrote ${text}`) } as never, name, 'latin1', (error) =>
      expect.fail(String(error)),
    );
  const request = (name: string) => {
    const stream = Object.assign(new PassThrough(), { headers: {} });
    streams.push(stream);
    stream.end(name);
    return readBody(stream as never, 100, held);
  };
  return { seen, held, streams, answer, request };
}

test('requests of one turn are handled when all of them have been read, and then all of their answers are written', async () => {
  const { seen, answer, request } = requests();
  const handle = async (name: string) => {
    seen.push(`handled ${await request(name)}`);
    answer(name);
  };
  const handled = Promise.all([handle('a'), handle('b'), handle('c')]);
  handleTogether(() => seen.push('turn ended'));
  await handled;
  await turn();
  expect(seen).toEqual([
    'turn ended',
    ...['a', 'b', 'c'].map((name) => `handled ${name}`),
    'wrote a',
    'wrote b',
    'wrote c',
  ]);
});

test('answers that need no waiting are written in the turn in which their requests are handled, and no other is waited for', async () => {
  const { seen, answer } = requests();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handled = () => new Promise<void>(handleTogether);
  const few = async () => {
    for (let step = 0; step < 5; step++) await undefined;
  };
  void handled()
    .then(() => released)
    .then(() => answer('slow'));
  void handled()
    .then(few)
    .then(() => answer('a'));
  void handled().then(() => answer('b'));
  await turn();
  expect(seen.sort()).toEqual(['wrote a', 'wrote b']);
  release();
  await few();
  await turn();
  expect(seen).toEqual(['wrote a', 'wrote b', 'wrote slow']);
});

test('a body that has come whole counts among those that are held until it is handled', async () => {
  const { held, request, streams } = requests();
  const whole = request('12345');
  // Both events of the stream, and not yet the end of the turn.
  for (let tick = 0; tick < 10; tick++) await new Promise<void>((resolve) => process.nextTick(resolve));
  expect(streams[0]?.readableEnded).toBe(true);
  expect(held.bytes).toBe(5);
  expect((await whole).toString()).toBe('12345');
  expect(held.bytes).toBe(0);
});

test('each request is handled in the context in which it came', async () => {
  const { request } = requests();
  const context = new AsyncLocalStorage<string>();
  const seen = ['a', 'b', 'c'].map((name) =>
    context.run(name, async () => {
      await request(name);
      return context.getStore();
    }),
  );
  expect(await Promise.all(seen)).toEqual(['a', 'b', 'c']);
});
