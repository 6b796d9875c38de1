import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@sallyport/core';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import { connected } from '../test-rig/admission-on.js';
import type { RedisServer } from '../test-rig/redis-server.js';
import { countedCall, countedIn } from './counted-calls.js';
import { cuttingProxy } from './cutting-proxy.js';
import { type Bug, buggyScripts } from './seeded-bugs.js';

/** What became of admissions whose replies were lost. */
export interface LostReplies {
  readonly lost: number;
  readonly admitted: number;
  /** What the store counts when all is settled. */
  readonly charged: number;
  readonly leasesHeld: number;
}

/** Loses the replies of `times` admissions, one after the other, with calls in between that get theirs. */
export async function loseReplies(
  server: RedisServer,
  times: number,
  bug?: Bug,
  onProgress = (_done: number) => {},
): Promise<LostReplies> {
  const proxy = await cuttingProxy(server.port);
  const redis = await connected(proxy.url);
  const scripts = bug === undefined ? admissionScripts(redis) : buggyScripts(redis, bug);
  const store = admissionVerbs({ redis, scripts, key: keyLayout('lost:'), withinMs: 75, clock: systemClock });
  let admitted = 0;
  const ask = (id: string) =>
    store.admit(countedCall(id)).then(
      () => {
        admitted++;
      },
      () => {},
    );
  for (let round = 0; proxy.lost < times; round++) {
    await ask(`kept ${round}`);
    proxy.cut(1);
    await ask(`cut ${round}`);
    proxy.cut(0);
    while (redis.status !== 'ready') await sleep(1);
    onProgress(proxy.lost);
  }
  // Undone after a deadline, a quarter of a second, and as long as a busy machine needs.
  await sleep(2_000);
  const counted = await countedIn(redis, store, 'lost:');
  redis.disconnect();
  await proxy.close();
  return { lost: proxy.lost, admitted, ...counted };
}
