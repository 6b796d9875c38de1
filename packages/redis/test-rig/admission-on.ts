import { setTimeout as sleep } from 'node:timers/promises';
import type { AdmissionStore } from '@sallyport/core';
import type { StoreUnderTest } from '@sallyport/testkit';
import { connectRedis } from '../src/connect-redis.js';
import { redisAdmission } from '../src/redis-admission.js';
import type { RedisClient } from '../src/redis-client.js';
import { redisReady } from '../src/redis-ready.js';

let made = 0;

/** A connection that is ready. */
export async function connected(url: string | readonly string[], commandTimeoutMs = 100): Promise<RedisClient> {
  const redis = connectRedis(url, { commandTimeoutMs });
  for (let ready = false; !ready; ) {
    ready = await redisReady(redis).then(
      () => true,
      () => sleep(10, false),
    );
  }
  return redis;
}

/** An empty store on a server, under a prefix of its own, for a contract. A busy machine may answer late: it has five seconds. */
export async function admissionOn(
  url: string | readonly string[],
  commandTimeoutMs = 5_000,
): Promise<StoreUnderTest<AdmissionStore>> {
  const redis = await connected(url, commandTimeoutMs);
  return {
    store: redisAdmission(redis, { prefix: `contract-${process.pid}-${made++}:` }),
    advance: (ms) => passes(redis, ms),
    dispose: async () => redis.disconnect(),
  };
}

/** Resolves when the server's clock has gone on by `ms`. A server that is silent is waited for. */
async function passes(redis: RedisClient, ms: number): Promise<void> {
  const now = async (): Promise<number> => {
    const time = await redis.time().catch(() => undefined);
    if (time === undefined) return now();
    const [seconds = 0, microseconds = 0] = time.map(Number);
    return seconds * 1_000 + microseconds / 1_000;
  };
  const until = (await now()) + ms;
  for (let left = ms; left > 0; left = until - (await now())) await sleep(Math.ceil(left));
}
