import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JSONWebKeySet } from 'jose';

/** A JWKS endpoint that can be made to fail, hang or change while a test runs. */
export interface KeyServer {
  readonly url: string;
  /** Requests that arrived, answered or not. */
  fetches: number;
  /** `down` cuts the connection; a function answers with what it returns. */
  answer: 'down' | (() => Promise<string> | string);
  close(): Promise<void>;
}

/** Serves the keys on a free loopback port. */
export async function keyServer(jwks: () => JSONWebKeySet): Promise<KeyServer> {
  const server = createServer((request, response) => {
    keys.fetches++;
    if (keys.answer === 'down') request.socket.destroy();
    else void Promise.resolve(keys.answer()).then((text) => response.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const keys: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    fetches: 0,
    answer: () => JSON.stringify(jwks()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return keys;
}
