import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A place outside the database where effects happen, and which knows no keys: what is sent twice happens twice. */
export interface Ledger {
  readonly url: string;
  /** By memo: the ids of what was written, in order. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** Resolves when the next line has been written, and not been answered yet. */
  written(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one that takes up to 20 ms to answer. */
export async function startLedger(random: () => number): Promise<Ledger> {
  const lines = new Map<string, string[]>();
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { memo, id } = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly memo: string;
        readonly id: string;
      };
      lines.set(memo, [...(lines.get(memo) ?? []), id]);
      for (const tell of waiting.splice(0)) tell();
      setTimeout(() => response.end(), random() * 20);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    written: () => new Promise((resolve) => void waiting.push(resolve)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
