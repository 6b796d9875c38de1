export { assertNoEviction } from './assert-no-eviction.js';
export { type ConnectRedisOptions, connectRedis, failFast } from './connect-redis.js';
export { type KeyOf, keyLayout } from './key-layout.js';
export { type RedisAdmissionOptions, redisAdmission } from './redis-admission.js';
export type { RedisClient } from './redis-client.js';
export { type RedisDenyList, type RedisDenyListOptions, redisDenyList } from './redis-deny-list.js';
export { type RedisIdempotencyOptions, redisIdempotency } from './redis-idempotency.js';
export { redisReady } from './redis-ready.js';
export { type RedisSpentStates, type RedisSpentStatesOptions, redisSpentStates } from './redis-spent-states.js';
