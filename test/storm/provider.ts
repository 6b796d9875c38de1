import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const Refund = z.object({ order: z.string(), amount_cents: z.int() });

/** One refund that was paid out. */
interface PaidRefund {
  readonly key: string;
  readonly id: string;
  readonly order: string;
  readonly amount_cents: number;
}

/** A request that came. Times are of `performance.now`. */
export interface Arrival {
  readonly at: number;
  /** Which of the addresses it came to. */
  readonly address: number;
  /** Requests of that address that have no end yet, this one among them. */
  readonly inFlight: number;
}

/**
 * A payment provider that trusts its callers: it pays as often as it is asked to, the same key or not, and keeps the books. So a
 * refund that is asked for twice is paid twice, and seen. It has an address for each caller, to tell them apart.
 */
export interface StormProvider {
  readonly urls: readonly string[];
  readonly paid: readonly PaidRefund[];
  readonly arrivals: readonly Arrival[];
  /** From here on it takes every request and answers none. Of the refunds that are asked for every other one is paid all the same. */
  hang(): void;
  /** Answers what comes from here on. What came before is never answered. */
  recover(): void;
  close(): Promise<void>;
}

export async function startProvider(addresses: number): Promise<StormProvider> {
  const paid: PaidRefund[] = [];
  const arrivals: Arrival[] = [];
  let hangs = false;
  let asked = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const key = request.headers['idempotency-key'];
    if (request.method === 'POST' && typeof key === 'string') {
      const { order, amount_cents } = Refund.parse(JSON.parse(await text(request)));
      const refund = { key, id: `re_${randomUUID()}`, order, amount_cents };
      if (!hangs || asked++ % 2 === 0) paid.push(refund);
      if (!hangs) answer(201, refund);
      return;
    }
    if (hangs) return;
    const wanted = decodeURIComponent(request.url?.split('/')[2] ?? '');
    const found = paid.find((refund) => refund.key === wanted);
    answer(found === undefined ? 404 : 200, found ?? { error: 'no such refund' });
  };
  const listen = async (address: number) => {
    let inFlight = 0;
    const server = createServer((request, response) => {
      arrivals.push({ at: performance.now(), address, inFlight: ++inFlight });
      response.once('close', () => inFlight--);
      return serve(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.unref();
  };
  const servers = await Promise.all(Array.from({ length: addresses }, (_, address) => listen(address)));
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    paid,
    arrivals,
    hang() {
      hangs = true;
    },
    recover() {
      hangs = false;
    },
    async close() {
      for (const server of servers) {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }
    },
  };
}
