import { afterEach, expect, test, vi } from 'vitest';
import { Gathered } from './gathered.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
let now = 0;

afterEach(() => vi.restoreAllMocks());

function gathering() {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const done: number[] = [];
  const gathered = new Gathered<number>((all) => void done.push(...all));
  const add = (...all: number[]) => {
    for (const one of all) gathered.add(one);
  };
  return { gathered, done, add };
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('what comes in one turn is done at its end, in order, and once', async () => {
  const { done, add } = gathering();
  add(1);
  await Promise.resolve();
  add(2);
  expect(done).toEqual([]);
  await turn();
  expect(done).toEqual([1, 2]);
  add(3);
  expect(done).toEqual([1, 2]);
  await turn();
  await turn();
  expect(done).toEqual([1, 2, 3]);
});

test('the 32nd is not waited with, and what comes after it is done at the end of the turn', async () => {
  const { done, add } = gathering();
  add(...upTo(31));
  expect(done).toEqual([]);
  add(32);
  expect(done).toEqual(upTo(32));
  add(33);
  expect(done).toEqual(upTo(32));
  await turn();
  expect(done).toEqual(upTo(33));
});

test('all of it is done as soon as one comes a millisecond after the first, so that work is kept no longer where more of it comes all the time', async () => {
  const { done, add } = gathering();
  add(1);
  now = 0.9;
  add(2);
  expect(done).toEqual([]);
  now = 1;
  add(3);
  expect(done).toEqual([1, 2, 3]);
  add(4);
  now = 1.9;
  add(5);
  expect(done).toEqual([1, 2, 3]);
  await turn();
  expect(done).toEqual([1, 2, 3, 4, 5]);
});

test('it can be done before the end of the turn, and then nothing is left for the end', async () => {
  const { gathered, done, add } = gathering();
  add(1, 2);
  gathered.workNow();
  expect(done).toEqual([1, 2]);
  await turn();
  expect(done).toEqual([1, 2]);
  add(3);
  await turn();
  expect(done).toEqual([1, 2, 3]);
});

test('what is added while other work is done is work of its own', async () => {
  const done: string[] = [];
  const gathered: Gathered<string> = new Gathered<string>((all) => {
    done.push(all.join());
    if (all.includes('a')) gathered.add('of a');
  });
  gathered.add('a');
  gathered.add('b');
  await turn();
  expect(done).toEqual(['a,b']);
  await turn();
  expect(done).toEqual(['a,b', 'of a']);
});
