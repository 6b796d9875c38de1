import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { emptyFolder } from '../support/example-server.js';
import { spawnBound } from '../support/spawn-bound.js';

/** A Redis that a proof owns. It writes everything to its file before it answers, so that killing it makes it forget nothing. */
export interface OwnRedis {
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP: connections stay, nothing answers. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function startOwnRedis(port: number): Promise<OwnRedis> {
  const folder = await emptyFolder();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', folder];
  let server: ChildProcess;
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  const own: OwnRedis = {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async start() {
      server = spawnBound('redis-server', args, { stdio: 'ignore' });
      const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
      redis.on('error', () => {});
      const ended = once(server, 'exit').then(([code]) => {
        throw new Error(`redis-server ended with ${code}`);
      });
      ended.catch(() => {});
      await Promise.race([redis.ping(), ended]).finally(() => redis.disconnect());
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await own.start();
  return own;
}
