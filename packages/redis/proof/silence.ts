import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@sallyport/core';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { connectRedis } from '../src/connect-redis.js';
import { keyLayout } from '../src/key-layout.js';
import { redisReady } from '../src/redis-ready.js';
import { timeoutOf } from '../src/timeout-of.js';
import type { RedisServer } from '../test-rig/redis-server.js';
import { countedCall, countedIn } from './counted-calls.js';

/** What became of calls while Redis was stopped and went on, again and again. */
export interface Silences {
  readonly calls: number;
  readonly admitted: number;
  /** What the store counts when all is settled. */
  readonly charged: number;
  readonly leasesHeld: number;
  /** How long callers waited for a decision or a refusal, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Stops Redis (SIGSTOP) for `stopMs`, `times` times, and keeps asking, every 5 ms, before, meanwhile and afterwards. */
export async function silenceRedis(
  server: RedisServer,
  times: number,
  stopMs: number,
  onProgress = (_done: number) => {},
): Promise<Silences> {
  const redis = connectRedis(server.url);
  while (
    !(await redisReady(redis).then(
      () => true,
      () => false,
    ))
  )
    await sleep(10);
  const store = admissionVerbs({
    redis,
    scripts: admissionScripts(redis),
    key: keyLayout('silence:'),
    withinMs: timeoutOf(redis),
    clock: systemClock,
  });
  const waits: number[] = [];
  let admitted = 0;
  let calls = 0;
  const ask = async () => {
    const asked = performance.now();
    await store.admit(countedCall(`${calls++}`)).then(
      () => {
        admitted++;
      },
      () => {},
    );
    waits.push(performance.now() - asked);
  };
  const open: Promise<void>[] = [];
  const askFor = async (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; await sleep(5)) open.push(ask());
  };
  for (let done = 0; done < times; done++) {
    await askFor(200);
    server.process.kill('SIGSTOP');
    await askFor(stopMs);
    server.process.kill('SIGCONT');
    await askFor(200);
    onProgress(done + 1);
  }
  await Promise.all(open);
  await sleep(3_000);
  while (
    !(await redisReady(redis).then(
      () => true,
      () => false,
    ))
  )
    await sleep(10);
  const counted = await countedIn(redis, store, 'silence:');
  redis.disconnect();
  waits.sort((a, b) => a - b);
  const percentile = (part: number) => waits[Math.floor(part * waits.length)] ?? 0;
  return {
    calls,
    admitted,
    ...counted,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}
