import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe } from 'vitest';
import { claimPorts } from '../../../test/support/claim-ports.js';

/** A Redis that a test owns, so that it may stop, flush and kill it. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it, whatever state it is in. */
  stop(): Promise<void>;
}

/** Any server that speaks the protocol: `TEST_REDIS_SERVER=valkey-server`. Debian 12 has no package of Valkey. */
const binary = process.env.TEST_REDIS_SERVER ?? 'redis-server';
const installed = spawnSync(binary, ['--version']).status === 0;

/** `describe` for what needs a real Redis: skipped with a loud line where none is installed, and never skipped in CI. */
export const describeWithRedis = installed || process.env.CI === 'true' ? describe : skipped();

function skipped() {
  console.warn(`SKIPPED: no ${binary} on this machine, nothing is proven about Redis (apt-get install redis-server)`);
  return describe.skip;
}

/** Starts a Redis of its own on a free port (or the given one), without persistence. Resolves when it answers. */
export async function startRedis({
  port,
  args = [],
}: {
  port?: number;
  args?: readonly string[];
} = {}): Promise<RedisServer> {
  const [on = 0] = port === undefined ? await claimPorts(1) : [port];
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-redis-'));
  const server = spawn(
    binary,
    ['--port', `${on}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...args],
    { stdio: 'ignore' },
  );
  const exited = once(server, 'exit').then(([code]) => {
    throw new Error(`redis-server on port ${on} exited with ${code}`);
  });
  await Promise.race([answers(on), exited]);
  exited.catch(() => {});
  return {
    port: on,
    url: `redis://127.0.0.1:${on}`,
    process: server,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const exited = once(server, 'exit');
        server.kill('SIGKILL');
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
  redis.on('error', () => {});
  await redis.ping();
  redis.disconnect();
}
