import { idempotencyMetaKey } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { connectRedis } from '../src/connect-redis.js';
import { idempotencyOn, type Seed } from './idempotency-on.js';
import { payments } from './payments.js';

/** A process of its own: pays under the key `k`, says `paid`, and never comes to an answer. */
const [url = '', leaseMs = '', seed = 'none'] = process.argv.slice(2);
const redis = connectRedis(url, { commandTimeoutMs: 2_000 });
await new Promise((resolve) => redis.once('ready', resolve));
const store = idempotencyOn(redis, { leaseMs: Number(leaseMs), seed: seed as Seed });
const beats = setInterval(() => {}, 1_000);
const afterwards = () => {
  process.stdout.write('paid\n');
  return new Promise<never>(() => {});
};
await payments(redis, store, { afterwards }).call({
  auth: testPrincipal(),
  input: {},
  meta: { [idempotencyMetaKey]: 'k' },
});
clearInterval(beats);
