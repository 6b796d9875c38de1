import { setTimeout as wait } from 'node:timers/promises';
import { type AdmissionStore, localFallback } from '@sallyport/core';
import {
  assertNoEviction,
  connectRedis,
  type RedisDenyList,
  redisAdmission,
  redisDenyList,
  redisReady,
} from '@sallyport/redis';
import type { Config } from './config.js';
import type { Operations } from './telemetry.js';

/** What all instances share beside the database, which holds the results of writes with their effects. */
export interface SharedState {
  readonly admission: AdmissionStore;
  readonly denied: RedisDenyList;
  /**
   * Rejects until Redis was reached once: an instance that knows neither limits nor revocations takes no calls. From then on it
   * stays ready, or all instances would leave at once when Redis does: reads go on within local limits, writes are refused.
   */
  ready(): Promise<void>;
  close(): void;
}

/** So that an instance that has just started does not refuse its first calls, where the load balancer does not ask `/ready`. */
const patienceMs = 2_000;

/** Connects to the Redis of the fleet. Resolves when it was reached, or without that after two seconds. */
export async function shareState(
  { url, instances }: NonNullable<Config['redis']>,
  log: Operations['log'],
): Promise<SharedState> {
  const limits = connectRedis(url, { connectionName: 'sallyport-limits' });
  const revocations = connectRedis(url, { connectionName: 'sallyport-revocations' });
  const denied = redisDenyList(revocations);
  let reached = false;
  const state: SharedState = {
    admission: localFallback(redisAdmission(limits), instances, {
      onMode: ({ mode, cause }) =>
        log({ level: mode === 'shared' ? 'info' : 'error', event: 'admission-mode', mode, cause }),
    }),
    denied,
    async ready() {
      if (reached) return;
      await Promise.all([redisReady(limits), redisReady(revocations), assertNoEviction(revocations)]);
      denied.assertFresh();
      reached = true;
    },
    close() {
      denied.close();
      limits.disconnect();
      revocations.disconnect();
    },
  };
  const givenUpAt = performance.now() + patienceMs;
  while (!(await isReady(state)) && performance.now() < givenUpAt) await wait(20);
  return state;
}

function isReady(state: SharedState): Promise<boolean> {
  return state.ready().then(
    () => true,
    () => false,
  );
}
