import type { Cluster, Redis } from 'ioredis';

/** A connection to one Redis, to a Sentinel group or to a Redis Cluster. */
export type RedisClient = Redis | Cluster;
