import { expect, it } from 'vitest';
import { hostRule } from './host-header.js';

it.each([
  ['localhost', true],
  ['LOCALHOST:3000', true],
  ['127.0.0.1:3000', true],
  ['127.9.9.9', true],
  ['[::1]', true],
  ['[::1]:3000', true],
  ['mcp.example.com', true],
  ['mcp.example.com:443', true],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.', false],
  ['localhost:99999999', false],
  ['127.0.0.1/x', false],
  ['a@localhost', false],
  ['localhost localhost', false],
  ['[::ffff:1.2.3.4]', false],
  ['', false],
  [undefined, false],
])('on loopback, with mcp.example.com allowed, Host %s: %s', (host, passes) => {
  expect(hostRule(['mcp.example.com'], true)(host)).toBe(passes);
});

it('on another bind any name passes, until one is given', () => {
  expect(hostRule([], false)('10.0.0.7:3000')).toBe(true);
  expect(hostRule(['MCP.example.com'], false)('10.0.0.7:3000')).toBe(false);
  expect(hostRule(['MCP.example.com'], false)('localhost')).toBe(false);
  expect(hostRule(['MCP.example.com'], false)('mcp.example.com')).toBe(true);
});
