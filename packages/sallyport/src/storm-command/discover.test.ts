import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { discover } from './discover.js';

test('of a server that hangs it says that it does not answer in time', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  const asked = discover(url, undefined, ['2026-07-28', '2025-11-25'], 100);
  await expect(asked).rejects.toThrow(/does not list its tools: it does not answer within 0\.1 seconds/);
  server.closeAllConnections();
  server.close();
});
