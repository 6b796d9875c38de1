import type { AdmissionStore, IdempotencyStore } from '@sallyport/core';
import {
  connectRedis,
  type RedisDenyList,
  redisAdmission,
  redisDenyList,
  redisIdempotency,
  redisReady,
} from '@sallyport/redis';

/** What all instances share. */
export interface SharedState {
  readonly stores: { readonly admission: AdmissionStore; readonly idempotency: IdempotencyStore };
  readonly denied: RedisDenyList;
  /**
   * Rejects until Redis was reached once: an instance that knows neither limits nor revocations takes no calls. From then on it
   * stays ready, or all instances would leave at once when Redis does; what they still answer is a rule of each tool.
   */
  ready(): Promise<void>;
  close(): void;
}

/** Connects to the Redis of the fleet. Returns at once, also when nothing answers there. */
export function shareState({ url }: { readonly url: string }): SharedState {
  // A connection of its own: no decision waits behind the result of another call.
  const limits = connectRedis(url, { connectionName: 'sallyport-limits' });
  const results = connectRedis(url, { connectionName: 'sallyport-results' });
  const denied = redisDenyList(results);
  let reached = false;
  return {
    stores: { admission: redisAdmission(limits), idempotency: redisIdempotency(results) },
    denied,
    async ready() {
      if (reached) return;
      await Promise.all([redisReady(limits), redisReady(results)]);
      denied.assertFresh();
      reached = true;
    },
    close() {
      denied.close();
      limits.disconnect();
      results.disconnect();
    },
  };
}
