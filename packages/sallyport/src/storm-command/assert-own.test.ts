import { expect, it } from 'vitest';
import { assertOwn } from './assert-own.js';

it.each(['http://127.0.0.1:3000/mcp', 'http://localhost/mcp', 'http://[::1]:80/mcp', 'http://a.localhost/'])(
  '%s is this machine',
  (url) => {
    expect(() => assertOwn(new URL(url))).not.toThrow();
  },
);

it.each([
  'http://10.0.0.1/',
  'https://example.com/',
  'http://127.0.0.1.example.com/',
  'http://[::2]/',
  'http://localhost.example.com/',
])('%s is another, and needs a word for it', (url) => {
  expect(() => assertOwn(new URL(url))).toThrow('--allow-remote');
});
