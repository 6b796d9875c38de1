import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { claimPorts } from '../../test/support/claim-ports.js';

/** A Redis of the benchmark's own, without persistence. */
export interface OwnRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it on a free port. Resolves when it answers. */
export async function ownRedis(): Promise<OwnRedis> {
  const [port = 0] = await claimPorts(1);
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await once(server, 'spawn');
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
  redis.on('error', () => {});
  await redis.ping();
  redis.disconnect();
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
    },
  };
}
