import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { emptyFolder } from './example-server.js';

/** A Redis that a test owns, so that it may kill it. */
export interface RedisServer {
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it at once, without a word. */
  kill(): Promise<void>;
}

/** Starts a Redis without persistence on the port. Resolves when it answers. */
export async function startRedis(port: number): Promise<RedisServer> {
  const folder = await emptyFolder();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await once(server, 'spawn');
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  await redis.ping();
  redis.disconnect();
  return {
    url: `redis://127.0.0.1:${port}`,
    process: server,
    async kill() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
    },
  };
}
