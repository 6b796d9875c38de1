import type { AdmissionRequest, AdmissionStore } from '@sallyport/core';
import type { RedisClient } from '../src/redis-client.js';

const limit = 1_000_000;

/** A call that is charged one of a million in an hour, and holds one of as many leases for an hour. */
export function countedCall(id: string): AdmissionRequest {
  return {
    id,
    tenant: 'acme',
    windows: [{ key: 'calls', reached: 'calls', limit, windowMs: 3_600_000, cost: 1 }],
    leases: [{ key: 'calls', reached: 'at once', limit }],
    leaseMs: 3_600_000,
  };
}

/** How many such calls were charged, and how many leases are held, under a prefix of their own. */
export async function countedIn(
  redis: RedisClient,
  store: AdmissionStore,
  prefix: string,
): Promise<{ readonly charged: number; readonly leasesHeld: number }> {
  const { remaining } = await store.admit({ ...countedCall('last'), leases: [] });
  const [lease] = await redis.keys(`${prefix}*:lease:*`);
  const leasesHeld = lease === undefined ? 0 : await redis.zcard(lease);
  return { charged: limit - (remaining[0] ?? 0) - 1, leasesHeld };
}
