import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
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

/**
 * A payment provider that trusts its callers: it pays as often as it is asked to, the same key or not, and keeps the books. So a
 * refund that is asked for twice is paid twice, and seen.
 */
export interface StormProvider {
  readonly url: string;
  readonly paid: readonly PaidRefund[];
  close(): Promise<void>;
}

export async function startProvider(): Promise<StormProvider> {
  const paid: PaidRefund[] = [];
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const key = request.headers['idempotency-key'];
    if (request.method === 'POST' && typeof key === 'string') {
      const { order, amount_cents } = Refund.parse(JSON.parse(await text(request)));
      const refund = { key, id: `re_${randomUUID()}`, order, amount_cents };
      paid.push(refund);
      answer(201, refund);
      return;
    }
    const asked = decodeURIComponent(request.url?.split('/')[2] ?? '');
    const found = paid.find((refund) => refund.key === asked);
    answer(found === undefined ? 404 : 200, found ?? { error: 'no such refund' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paid,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
