import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { claimPorts } from './support/claim-ports.js';

const program = `
import { claimPorts } from ${JSON.stringify(fileURLToPath(new URL('support/claim-ports.ts', import.meta.url)))};
console.log(JSON.stringify(await claimPorts(500)));
process.stdin.resume();
`;

test('a claimed port is nobody else’s, in this process or another, and none that the system gives out by itself', async () => {
  const others = await Promise.all([0, 1].map(() => portsOfAnother()));
  const ports = [...others.flatMap(({ ports }) => ports), ...(await claimPorts(500)), ...(await claimPorts(500))];
  for (const { end } of others) await end();
  expect(ports).toHaveLength(2_000);
  expect(new Set(ports).size).toBe(2_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a port that somebody listens on is not claimed', async () => {
  const [taken = 0] = await claimedIn(portsOfAnother);
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  const at = (taken - 10_000 + 0.5) / 10_000;
  vi.spyOn(Math, 'random').mockReturnValueOnce(at).mockReturnValueOnce(at);
  const [claimed] = await claimPorts(1);
  server.close();
  expect(claimed).not.toBe(taken);
});

async function claimedIn(claim: typeof portsOfAnother): Promise<number[]> {
  const { ports, end } = await claim();
  await end();
  return ports;
}

/** What another process has claimed, until it is told to end. */
async function portsOfAnother() {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  const running = promisify(execFile)(process.execPath, args);
  const { stdin, stdout } = running.child;
  const [line] = (await once(stdout as NodeJS.ReadableStream, 'data')) as [string];
  return {
    ports: JSON.parse(line) as number[],
    async end() {
      stdin?.end();
      await running;
    },
  };
}
