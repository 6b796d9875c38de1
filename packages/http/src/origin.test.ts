import { expect, it } from 'vitest';
import { originRule } from './origin.js';

it.each([
  [undefined, true, true],
  ['https://app.example.com', true, true],
  ['https://app.example.com:444', false, false],
  ['http://app.example.com', false, false],
  ['http://localhost:5173', true, false],
  ['http://[::1]:1', true, false],
  ['null', false, false],
  ['', false, false],
  ['http://localhost/', false, false],
  ['HTTP://LOCALHOST', false, false],
  ['moz-extension://localhost', false, false],
])('Origin %s: %s on a loopback bind, %s on another', (origin, onLoopback, elsewhere) => {
  expect(originRule(['https://app.example.com/'], true)(origin)).toBe(onLoopback);
  expect(originRule(['https://app.example.com/'], false)(origin)).toBe(elsewhere);
});
