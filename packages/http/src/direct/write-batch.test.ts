import { expect, test } from 'vitest';
import { WriteBatch } from './write-batch.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function answers() {
  const sent: string[] = [];
  const response = (destroyed = false) => ({ destroyed, end: (text: string) => void sent.push(text) }) as never;
  return { sent, response, batch: new WriteBatch() };
}

test('answers of one turn go out at its end, in order', async () => {
  const { sent, response, batch } = answers();
  batch.end(response(), 'a', 'latin1');
  await Promise.resolve();
  batch.end(response(), 'b', 'utf8');
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual(['a', 'b']);
  batch.end(response(), 'c', 'utf8');
  expect(sent).toHaveLength(2);
  await turn();
  expect(sent).toEqual(['a', 'b', 'c']);
});

test('the 32nd is not waited with, and what comes after it goes out at the end of the turn', async () => {
  const { sent, response, batch } = answers();
  for (let answer = 1; answer <= 31; answer++) batch.end(response(), `${answer}`, 'latin1');
  expect(sent).toEqual([]);
  batch.end(response(), '32', 'latin1');
  expect(sent).toHaveLength(32);
  batch.end(response(), '33', 'latin1');
  expect(sent).toHaveLength(32);
  await turn();
  expect(sent).toEqual(Array.from({ length: 33 }, (_, index) => `${index + 1}`));
});

test('an answer whose client has gone meanwhile is not written, and the others are', async () => {
  const { sent, response, batch } = answers();
  batch.end(response(), 'a', 'latin1');
  batch.end(response(true), 'b', 'latin1');
  batch.end(response(), 'c', 'latin1');
  await turn();
  expect(sent).toEqual(['a', 'c']);
});
