import { setTimeout as wait } from 'node:timers/promises';
import { idempotencyMetaKey } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { connectRedis } from '../src/connect-redis.js';
import { idempotencyOn, type Seed } from './idempotency-on.js';
import { payments } from './payments.js';

/** A process of its own: pays under the keys `0`, `1`, …, twenty at a time, says `paying`, and never ends by itself. */
const [url = '', leaseMs = '', seed = 'none'] = process.argv.slice(2);
const redis = connectRedis(url, { commandTimeoutMs: 2_000 });
await new Promise((resolve) => redis.once('ready', resolve));
const store = idempotencyOn(redis, { leaseMs: Number(leaseMs), seed: seed as Seed });
const tool = payments(redis, store, { afterwards: () => wait(Math.random() * 20) });
let next = 0;
const pay = async () => {
  for (;;) {
    const key = `${next++}`;
    await tool.call({ auth: testPrincipal(), input: {}, meta: { [idempotencyMetaKey]: key } });
  }
};
process.stdout.write('paying\n');
await Promise.all(Array.from({ length: 20 }, pay));
