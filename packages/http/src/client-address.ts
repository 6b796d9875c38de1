import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Peer } from '@sallyport/core/adapter';

/**
 * Where a request comes from. `trustedProxies` is how many proxies of ours stand in front, each of which appends the address it
 * saw to `X-Forwarded-For`: so many entries from the right are true, the rest is whatever the client wrote. With 0, or where that
 * entry is missing or no address, it is the peer of the connection.
 */
export function clientPeer({ socket, headers }: IncomingMessage, trustedProxies: number): Peer {
  const own = { address: plain(socket.remoteAddress ?? ''), port: socket.remotePort };
  if (trustedProxies === 0) return own;
  const forwarded = headers['x-forwarded-for'];
  const entries = typeof forwarded === 'string' ? forwarded.split(',') : [];
  const address = plain(withoutPort(entries.at(-trustedProxies) ?? ''));
  return isIP(address) === 0 ? own : { address };
}

/** The same as a name for limits: an IPv4 address, or the /64 network of an IPv6 one, because that is what one customer has. */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  return network(clientPeer(request, trustedProxies).address) ?? 'unknown';
}

function plain(address: string): string {
  return /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const text = entry.trim();
  const [, inBrackets] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, before] = /^([\d.]+):\d+$/.exec(text) ?? [];
  return inBrackets ?? before ?? text;
}

function network(address: string): string | undefined {
  if (isIPv4(address)) return address;
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return undefined;
  const [head = '', tail] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 part at the end stands for two groups; only the first four groups are asked for.
  const missing = 8 - before.length - after.length - (bare.includes('.') ? 1 : 0);
  const groups = tail === undefined ? before : [...before, ...Array<string>(missing).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
