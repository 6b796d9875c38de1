import { type Admission, type AdmissionRequest, type AdmissionStore, type Clock, systemClock } from '@sallyport/core';
import {
  admissionKeys,
  admissionScripts,
  admitArguments,
  admitReply,
  leaseKeys,
  withdrawArguments,
} from './admission-scripts.js';
import { keyLayout } from './key-layout.js';
import { Outbox } from './outbox.js';
import type { RedisClient } from './redis-client.js';
import { ServerClock } from './server-clock.js';
import { timeoutOf } from './timeout-of.js';

/** Where counters lie. */
export interface RedisAdmissionOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
  /** For deadlines; limits are counted by the server's clock. */
  readonly clock?: Clock;
}

/** How long an admission can still be undone, in milliseconds; and how long one that is sent twice is recognised. */
const rememberMs = 5_000;

/**
 * Limits that a fleet shares, on one Redis or a Redis Cluster: one round trip per decision, by the server's clock. A decision
 * that does not come within the connection's `commandTimeout` rejects, and charges nothing: what reaches the server later is
 * refused there, and what was charged without its caller learning of it is undone within seconds.
 *
 * What Redis forgets is forgiven: after FLUSHALL, an eviction or a failover that lost the last writes, counting starts from what
 * is left. Throws a `TypeError` for a connection that does not fail fast.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { connectRedis, redisAdmission } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * const stack = hardened({ admission: redisAdmission(redis) });
 * ```
 */
export function redisAdmission(
  redis: RedisClient,
  { prefix = 'sallyport:', clock = systemClock }: RedisAdmissionOptions = {},
): AdmissionStore {
  const withinMs = timeoutOf(redis);
  const scripts = admissionScripts(redis);
  const key = keyLayout(prefix);
  const server = new ServerClock();
  const undoing = new Outbox(clock, { keepMs: rememberMs });

  const askTime = async (): Promise<number> => {
    const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
    const now = clock.now();
    server.observe(seconds * 1_000 + microseconds / 1_000, now);
    return server.at(now) ?? 0;
  };

  // Ahead of the first call, so that also that one takes a single round trip.
  const getToKnow = () => {
    server.forget();
    askTime().catch(() => {});
  };
  redis.on('ready', getToKnow);
  if (isReady(redis)) getToKnow();

  /** Sent when the admission can no longer happen: it has happened by then, or never will. */
  const undo = (request: AdmissionRequest) => {
    const send = () => scripts.withdraw(admissionKeys(key, request), withdrawArguments(request));
    clock.setTimeout(() => undoing.add(send), withinMs);
  };

  return {
    async admit(request): Promise<Admission> {
      const keys = admissionKeys(key, request);
      const startedAt = clock.now();
      for (;;) {
        const now = server.at(clock.now()) ?? (await askTime());
        const sent = isReady(redis);
        try {
          const args = admitArguments(request, now + withinMs, rememberMs);
          const reply = admitReply(await scripts.admit(keys, args), request);
          server.observe(reply.atMs, clock.now());
          if (!('tooLate' in reply)) return reply;
          // Its clock may have been set, or ours have stood still: once more with what it says now.
          server.forget();
          server.observe(reply.atMs, clock.now());
        } catch (error) {
          if (sent) undo(request);
          throw error;
        }
        if (clock.now() - startedAt >= withinMs) throw new Error('Redis did not decide in time.');
      }
    },
    async renew(request) {
      await scripts.renew(leaseKeys(key, request), [request.id, request.leaseMs]);
    },
    async release(request) {
      await scripts.release(leaseKeys(key, request), [request.id]);
    },
  };
}

function isReady(redis: RedisClient): boolean {
  return redis.status === 'ready';
}
