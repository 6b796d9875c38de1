import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback } from '@sallyport/auth';

/** Whether a server bound to this host can be reached from this machine only. */
export function isLoopbackBind(host: string): boolean {
  return isLoopback(host.includes(':') ? `[${host}]` : host);
}

/** Binds the server and returns its origin. Rejects with Node's error when the port cannot be had. */
export function bind(
  server: Server,
  host: string,
  port: number,
): Promise<{ readonly origin: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const { port: bound } = server.address() as AddressInfo;
      resolve({ origin: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound });
    });
  });
}
