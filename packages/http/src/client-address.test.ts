import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clientAddress } from './client-address.js';

const from = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  [undefined, 'unknown'],
])('the peer %s is known as %s', (peer, name) => {
  expect(clientAddress(from(peer), 0)).toBe(name);
});

it('without trusted proxies nobody is believed to be somebody else', () => {
  fc.assert(fc.property(fc.string(), (claimed) => clientAddress(from('192.0.2.1', claimed), 0) === '192.0.2.1'));
});

it.each<[number, string, string]>([
  [1, '203.0.113.7', '203.0.113.7'],
  [1, '10.9.9.9, 203.0.113.7', '203.0.113.7'],
  [2, '10.9.9.9, 203.0.113.7, 198.51.100.2', '203.0.113.7'],
  [1, '203.0.113.7:4711', '203.0.113.7'],
  [1, '[2001:db8::1]:4711', '2001:db8:0:0::/64'],
  [1, '10.9.9.9,2001:db8::1', '2001:db8:0:0::/64'],
])('behind %i proxies, %s is %s: what stands further left the client wrote itself', (proxies, header, name) => {
  expect(clientAddress(from('192.0.2.1', header), proxies)).toBe(name);
});

it.each<[number, string | undefined]>([
  [1, undefined],
  [1, ''],
  [1, 'unknown'],
  [1, '_hidden'],
  [1, '203.0.113.7, evil'],
  [2, '203.0.113.7'],
  [1, '1.2.3.4.5'],
  [1, '[::1'],
])('behind %i proxies, %j names no address: it is the peer', (proxies, header) => {
  expect(clientAddress(from('192.0.2.1', header), proxies)).toBe('192.0.2.1');
});

it('what an attacker writes in front never changes who it is behind a proxy', () => {
  fc.assert(
    fc.property(
      fc.string(),
      (written) => clientAddress(from('192.0.2.1', `${written}, 203.0.113.7`), 1) === '203.0.113.7',
    ),
  );
});
