import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { failFast, redisAdmission } from '@sallyport/redis';
import { Ratelimit } from '@upstash/ratelimit';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes, RateLimiterUnion } from 'rate-limiter-flexible';
import type { Contender, Limiter, Windows } from './contender.js';

async function connected(url: string, options: object): Promise<Redis> {
  const redis = new Redis(url, options);
  await once(redis, 'ready');
  return redis;
}

/** As the package connects, but patient: a benchmark waits where a call would not. */
const own = { ...failFast(), commandTimeout: 10_000, socketTimeout: 10_000 };

function sallyport(
  redis: Redis,
  prefix: string,
  { shortSeconds, shortLimit, longSeconds, longLimit }: Windows,
): Limiter {
  const store = redisAdmission(redis, { prefix });
  let asked = 0;
  const window = (caller: string, seconds: number, limit: number) => {
    const key = `${caller}/${seconds}`;
    return { key, reached: key, limit, windowMs: seconds * 1_000, cost: 1 };
  };
  return {
    async decide(caller) {
      const windows = [window(caller, shortSeconds, shortLimit), window(caller, longSeconds, longLimit)];
      const id = `${prefix}${asked++}`;
      return (await store.admit({ id, tenant: 'acme', windows, leases: [], leaseMs: 30_000 })).admitted;
    },
    close: () => redis.disconnect(),
  };
}

/**
 * The methods that the limiter calls, on ioredis: its own client speaks HTTP to a service. Redis refuses the flags of that service
 * in the first line of the script, so it runs without that line, under its own hash.
 */
function scriptsOf(redis: Redis) {
  const hashes = new Map<string, string>();
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
  return {
    async evalsha(hash: string, keys: string[], args: unknown[]) {
      const own = hashes.get(hash);
      if (own === undefined) throw new Error('NOSCRIPT');
      return redis.evalsha(own, keys.length, ...keys, ...args.map(String));
    },
    async eval(script: string, keys: string[], args: unknown[]) {
      const plain = script.trimStart().replace(/^#!.*\n/, '');
      hashes.set(sha1(script), sha1(plain));
      return redis.eval(plain, keys.length, ...keys, ...args.map(String));
    },
    get: (key: string) => redis.get(key),
    set: (key: string, value: unknown) => redis.set(key, String(value)),
  };
}

/** What is compared: the same two windows, as each library does them. */
export const contenders: readonly Contender[] = [
  {
    id: 'sallyport',
    title: '@sallyport/redis',
    open: async (url, prefix, windows) => sallyport(await connected(url, own), prefix, windows),
  },
  {
    id: 'sallyport-pipelined',
    title: '@sallyport/redis, ioredis auto-pipelining',
    open: async (url, prefix, windows) =>
      sallyport(await connected(url, { ...own, enableAutoPipelining: true }), prefix, windows),
  },
  {
    id: 'rate-limiter-flexible',
    title: 'rate-limiter-flexible, RateLimiterUnion',
    async open(url, prefix, { shortSeconds, shortLimit, longSeconds, longLimit }) {
      const redis = await connected(url, { enableOfflineQueue: false });
      const limiter = (duration: number, points: number) =>
        new RateLimiterRedis({ storeClient: redis, keyPrefix: `${prefix}${duration}`, duration, points });
      const union = new RateLimiterUnion(limiter(shortSeconds, shortLimit), limiter(longSeconds, longLimit));
      return {
        async decide(caller) {
          try {
            await union.consume(caller);
            return true;
          } catch (refused) {
            // It rejects with what is left of each window that is full, and with errors.
            const reasons: unknown[] = refused instanceof Error ? [] : Object.values(refused as object);
            if (reasons.length > 0 && reasons.every((reason) => reason instanceof RateLimiterRes)) return false;
            throw refused;
          }
        },
        close: () => redis.disconnect(),
      };
    },
  },
  {
    id: 'upstash',
    title: '@upstash/ratelimit, two slidingWindow',
    async open(url, prefix, { shortSeconds, shortLimit, longSeconds, longLimit }) {
      const redis = await connected(url, { enableOfflineQueue: false });
      const limiter = (seconds: number, limit: number) =>
        new Ratelimit({
          redis: scriptsOf(redis) as never,
          limiter: Ratelimit.slidingWindow(limit, `${seconds} s`),
          prefix: `${prefix}${seconds}`,
          ephemeralCache: false,
          analytics: false,
          timeout: 0,
        });
      const [short, long] = [limiter(shortSeconds, shortLimit), limiter(longSeconds, longLimit)];
      return {
        async decide(caller) {
          const [one, other] = await Promise.all([short.limit(caller), long.limit(caller)]);
          return one.success && other.success;
        },
        close: () => redis.disconnect(),
      };
    },
  },
];
