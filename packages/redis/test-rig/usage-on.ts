import { utcDay } from '@sallyport/core';
import type { UsageUnderTest } from '@sallyport/testkit';
import { redisUsage } from '../src/redis-usage.js';
import { connected } from './admission-on.js';

let made = 0;
const bounds = { maxRows: 100, retentionDays: 50 };

/** An empty store on a server, under a prefix of its own, for a contract. */
export async function usageOn(url: string | readonly string[]): Promise<UsageUnderTest> {
  const redis = await connected(url, 5_000);
  const prefix = `usage*-${process.pid}-${made++}:`;
  return {
    store: redisUsage(redis, { prefix, ...bounds }),
    today: utcDay(Date.now()),
    ...bounds,
    dispose: async () => redis.disconnect(),
  };
}
