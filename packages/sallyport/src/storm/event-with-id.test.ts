import { expect, it } from 'vitest';
import { eventWithId } from './event-with-id.js';

const answer = '{"jsonrpc":"2.0","id":7,"result":{}}';

it.each([
  ['an event', `data: ${answer}\n\n`],
  ['an event with a name, an id and a comment', `: hello\nevent: message\nid: 5\ndata: ${answer}\n\n`],
  ['carriage returns', `data: ${answer}\r\n\r\n`],
  [
    'other events before it',
    `data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\ndata: ${answer}\n\n`,
  ],
  ['a request of the server with the same id', `data: {"jsonrpc":"2.0","id":7,"method":"ping"}\n\ndata: ${answer}\n\n`],
  ['an event that is no JSON', `data: hello\n\ndata: ${answer}\n\n`],
])('finds the answer in %s', (_, text) => {
  expect(eventWithId(text, 7)).toBe(answer);
});

it('joins the lines of an event', () => {
  expect(eventWithId('data: {"id":7,\ndata: "result":{}}\n\n', 7)).toBe('{"id":7,\n"result":{}}');
});

it.each(['', 'data: {"id":8,"result":{}}\n\n', 'data: 5\n\n', 'hello'])('finds none in %j', (text) => {
  expect(eventWithId(text, 7)).toBeUndefined();
});
