import { describe, expect, it } from 'vitest';
import { hostOf, pathOf } from './request-target.js';

it.each([
  ['/mcp', '/mcp'],
  ['/mcp?a=/x?y', '/mcp'],
  ['//evil.example/mcp', '//evil.example/mcp'],
  ['/http://localhost/mcp', '/http://localhost/mcp'],
  ['', ''],
  [undefined, ''],
])('%s is a path of its own, for the Host', (target, path) => {
  expect([pathOf(target), hostOf(target, 'host.example')]).toEqual([path, 'host.example']);
});

describe('an absolute target (RFC 9112 section 3.2.2)', () => {
  it.each([
    ['http://a.example/mcp', 'a.example', '/mcp'],
    ['https://a.example/mcp', 'a.example', '/mcp'],
    ['HTTP://A.EXAMPLE:3000/v1/mcp?x=http://b.example/y', 'A.EXAMPLE', '/v1/mcp'],
    ['http://a.example:/mcp', 'a.example', '/mcp'],
    ['http://[::1]:3000/mcp', '[::1]', '/mcp'],
    ['http://a.example', 'a.example', ''],
    ['http://a.example?/mcp', 'a.example', ''],
    ['http://a.example//mcp', 'a.example', '//mcp'],
    ['http://a.example/x/../mcp', 'a.example', '/x/../mcp'],
    ['http://a.example/%6dcp', 'a.example', '/%6dcp'],
    ['http://a.example/mcp#x', 'a.example', '/mcp#x'],
  ])('%s is for its own authority, with its path as it came', (target, host, path) => {
    expect([hostOf(target, 'host.example'), pathOf(target)]).toEqual([host, path]);
  });

  it.each([
    'http:///mcp',
    'http:/mcp',
    'http:mcp',
    'http://user@a.example/mcp',
    'http://a.example@b.example/mcp',
    'http://a.example:80@b.example/mcp',
    'http://a.example\\@b.example/mcp',
    'http://a.example\\mcp',
    'http://a.example#/mcp',
    'http://a.example:3000000/mcp',
    'http://a.example:80:80/mcp',
    'http://a,b.example/mcp',
    'http://%61.example/mcp',
    'http://ä.example/mcp',
    'http://[::1/mcp',
    'ftp://a.example/mcp',
    'xhttp://a.example/mcp',
    ' http://a.example/mcp',
    'a.example:80',
    '*',
    'mcp',
  ])('%s has no path at all', (target) => {
    expect([pathOf(target), hostOf(target, 'host.example')]).toEqual(['', 'host.example']);
  });

  it('is read in time in proportion to its length', () => {
    const started = performance.now();
    for (const part of ['.', '-', ':', '[', '1', '/', '?', 'a.']) pathOf(`http://${part.repeat(30_000)}@`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
