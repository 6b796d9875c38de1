import { Cluster, Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { failFast } from './connect-redis.js';
import { redisAdmission } from './redis-admission.js';

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
