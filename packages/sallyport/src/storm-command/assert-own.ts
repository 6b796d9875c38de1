import { isIP } from 'node:net';
import { CannotRun } from '../cannot-run.js';

/** Throws a {@link CannotRun} for a server on another machine: nobody should put load on it by a slip of the pen. */
export function assertOwn({ hostname }: URL): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const isOwn =
    isIP(address) === 4
      ? address.startsWith('127.')
      : address === '::1' || address === 'localhost' || address.endsWith('.localhost');
  if (!isOwn) throw new CannotRun(`${hostname} is not this machine; a storm on another one needs --allow-remote`);
}
