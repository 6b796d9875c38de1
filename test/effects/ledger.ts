import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A place outside the database where effects happen, and which knows no keys: what is sent twice happens twice. */
export interface Ledger {
  readonly url: string;
  /** How often each line was written. */
  readonly lines: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts one that takes up to 20 ms to answer. */
export async function startLedger(random: () => number): Promise<Ledger> {
  const lines = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const line = Buffer.concat(chunks).toString();
      lines.set(line, (lines.get(line) ?? 0) + 1);
      setTimeout(() => response.end(), random() * 20);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
