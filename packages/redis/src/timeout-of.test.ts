import { Cluster, Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { failFast } from './connect-redis.js';
import { redisAdmission } from './redis-admission.js';
import { redisDenyList } from './redis-deny-list.js';
import { redisIdempotency } from './redis-idempotency.js';
import { redisSessions } from './redis-sessions.js';
import { redisSpentStates } from './redis-spent-states.js';
import { redisUsage } from './redis-usage.js';

test.each<[string, object]>([
  ['waits without an end', { commandTimeout: 0 }],
  ['keeps commands for later', { enableOfflineQueue: true }],
  ['sends a command again', { maxRetriesPerRequest: 1 }],
  ['sends unanswered commands again', { autoResendUnfulfilledCommands: true }],
])('limits are not counted over a connection that %s', (_, slow) => {
  const single = new Redis({ ...failFast(), ...slow, lazyConnect: true });
  expect(() => redisAdmission(single)).toThrow(TypeError);
  const { enableOfflineQueue = true, ...redisOptions } = { ...failFast(), ...slow };
  const cluster = new Cluster([], { redisOptions, enableOfflineQueue, lazyConnect: true });
  expect(() => redisAdmission(cluster)).toThrow('connectRedis');
  expect(() => redisAdmission(new Redis({ lazyConnect: true }))).toThrow(TypeError);
});

test('one that is made by hand with the options of failFast will do', () => {
  expect(() => redisAdmission(new Redis({ ...failFast(), lazyConnect: true }))).not.toThrow();
});

test.each([redisAdmission, redisDenyList, redisIdempotency, redisSessions, redisSpentStates, redisUsage])(
  'what is no connection, and an unknown option, are refused at once: $name',
  (make) => {
    for (const none of [undefined, null, {}, 'redis://127.0.0.1:6379']) {
      expect(() => make(none as never)).toThrow(new RegExp(`^${make.name}: the connection lacks defineCommand`));
    }
    const redis = new Redis({ ...failFast(), lazyConnect: true });
    expect(() => make(redis, { prefx: 'a:' } as never)).toThrow(
      `${make.name}: prefx is no option of ${make.name}: did you mean prefix?`,
    );
    expect(() => make(redis, { prefix: 5 } as never)).toThrow(`${make.name}: prefix must be of type string`);
  },
);
