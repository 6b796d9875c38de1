import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

/**
 * What goes wrong with the next refunds: `lost answer`: it is made and the connection breaks; `down`: it is not made, 503;
 * `declined`: it is refused for good, 402; `slow`: it is made after ten seconds.
 */
const Fault = z.enum(['none', 'lost answer', 'down', 'declined', 'slow']);
type Fault = z.output<typeof Fault>;

const Refund = z.strictObject({ order: z.string(), amount_cents: z.int().positive() });

/** A payment provider that pays nobody, as a server of its own: what a tool's effect outside the database is tried on. */
export interface FakeProvider {
  readonly url: string;
  close(): Promise<void>;
}

interface Made extends z.output<typeof Refund> {
  readonly id: string;
}

const slowMs = 10_000;

/**
 * Starts it on loopback. `POST /refunds` makes a refund, once per `Idempotency-Key`; `GET /refunds/KEY` says what became of a
 * key, 404 when nothing; `GET /refunds` lists all; `PUT /fault` with `{"fault": …}` is the switch.
 */
export async function startFakeProvider(port = 0): Promise<FakeProvider> {
  const made = new Map<string, Made>();
  let fault: Fault = 'none';

  const refund = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = request.headers['idempotency-key'];
    const asked = Refund.safeParse(await bodyOf(request));
    if (typeof key !== 'string' || !asked.success)
      return answer(response, 400, { error: 'a key and a refund, please' });
    const before = made.get(key);
    if (before !== undefined) {
      const same = before.order === asked.data.order && before.amount_cents === asked.data.amount_cents;
      return same
        ? answer(response, 200, before)
        : answer(response, 409, { error: 'the key was used for another refund' });
    }
    if (fault === 'down') return answer(response, 503, { error: 'down' });
    if (fault === 'declined') return answer(response, 402, { error: 'declined' });
    if (fault === 'slow') await wait(slowMs, undefined, { ref: false });
    const refunded = made.get(key) ?? { id: `re_${randomUUID()}`, ...asked.data };
    made.set(key, refunded);
    if (fault === 'lost answer') request.socket.destroy();
    else answer(response, 201, refunded);
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '/' } = request;
    const [, resource, key] = url.split('/').map(decodeURIComponent);
    if (method === 'POST' && resource === 'refunds') return refund(request, response);
    if (method === 'GET' && resource === 'refunds' && key === undefined)
      return answer(response, 200, [...made.values()]);
    if (method === 'GET' && resource === 'refunds') {
      const found = made.get(key ?? '');
      return found === undefined ? answer(response, 404, { error: 'no such refund' }) : answer(response, 200, found);
    }
    if (method === 'PUT' && resource === 'fault') {
      fault = z.object({ fault: Fault }).parse(await bodyOf(request)).fault;
      return answer(response, 200, { fault });
    }
    answer(response, 404, { error: 'not here' });
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => answer(response, 400, { error: String(error) }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // It serves the program it runs in, and does not keep that alive.
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const maxBodyBytes = 10_000;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Error('too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
