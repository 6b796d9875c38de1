import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type ConnectRedisOptions, connectRedis } from '../src/connect-redis.js';
import type { RedisClient } from '../src/redis-client.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** The Redis of one suite. */
export interface SuiteRedis {
  readonly server: RedisServer;
  /** A connection as one instance has it, ready; ended before the next test. */
  connected(url?: string, options?: ConnectRedisOptions): Promise<RedisClient>;
}

/** Starts a Redis for the suite that calls it, empties it before each test, and stops it at the end. */
export function useRedis(): SuiteRedis {
  let server: RedisServer | undefined;
  const open: RedisClient[] = [];
  const suite: SuiteRedis = {
    get server() {
      if (server === undefined) throw new Error('the suite has not begun');
      return server;
    },
    async connected(url = suite.server.url, options = { commandTimeoutMs: 1_000 }) {
      const redis = connectRedis(url, options);
      open.push(redis);
      await new Promise((resolve) => redis.once('ready', resolve));
      return redis;
    },
  };
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    for (const redis of open.splice(0)) redis.disconnect();
    await (await suite.connected()).flushall();
  });
  afterAll(async () => {
    for (const redis of open) redis.disconnect();
    await server?.stop();
  });
  return suite;
}
