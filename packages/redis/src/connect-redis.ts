import { assertOptions, option } from '@sallyport/core/adapter';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisClient } from './redis-client.js';

/** What may differ between deployments. */
export interface ConnectRedisOptions {
  /** How long a command may take, in milliseconds. Default 75, with which nobody waits longer than 100; sensible values are 50 to 100. */
  readonly commandTimeoutMs?: number;
  /** Shown by `CLIENT LIST`. Default `sallyport`. */
  readonly connectionName?: string;
  /** Told of each failure of the connection. Default: nobody, because every command that fails says so itself. */
  readonly onError?: (error: Error) => void;
}

/**
 * How a connection must behave that calls wait for: a command is answered within its time or fails, and is never kept for
 * later. For connections that are made by hand (Sentinel, TLS with own certificates).
 *
 * @example
 * ```ts
 * import { failFast } from '@sallyport/redis';
 * import { Redis } from 'ioredis';
 *
 * const redis = new Redis({ ...failFast(), sentinels: [{ host: '10.0.0.1', port: 26379 }], name: 'limits' });
 * ```
 */
export function failFast(options: ConnectRedisOptions = {}) {
  assertOptions('connectRedis', options, checks);
  const { commandTimeoutMs = 75, connectionName = 'sallyport' } = options;
  return {
    commandTimeout: commandTimeoutMs,
    connectionName,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Measured both ways (bench/redis): more CPU for every decision, and slower at 1 and at 32 at once.
    enableAutoPipelining: false,
    connectTimeout: 2_000,
    // A server that is reachable and silent for this long is reconnected to: its address may have moved.
    socketTimeout: 2_000,
    // At once after a cut, which calls notice; then slower, for a server that is down.
    retryStrategy: (attempt: number) => (attempt === 1 ? 1 : Math.min(50 * attempt, 1_000)),
  } satisfies RedisOptions;
}

/**
 * Connects to the Redis at a URL (`redis://` or `rediss://`), or to the Redis Cluster of which the URLs are some nodes. Returns
 * at once, also when nothing is there: commands fail until it is, and it keeps trying. Use one connection for what calls wait
 * for and for nothing else. Throws a `TypeError` for what is no URL, an environment variable that is not set among them.
 *
 * @example
 * ```ts
 * import { connectRedis } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * ```
 */
export function connectRedis(url: string | readonly string[], options: ConnectRedisOptions = {}): RedisClient {
  if (option.text(url) !== undefined && (option.texts(url) !== undefined || url.length === 0)) {
    throw new TypeError(
      'connectRedis: the URL must be a string, redis://127.0.0.1:6379 say, or an array of such strings',
    );
  }
  const redis = typeof url === 'string' ? new Redis(url, failFast(options)) : connectCluster(url, options);
  redis.on('error', options.onError ?? (() => {}));
  return redis;
}

const checks = {
  commandTimeoutMs: option.positive('milliseconds'),
  connectionName: option.text,
  onError: option.is('function'),
} satisfies Record<keyof ConnectRedisOptions, unknown>;

function connectCluster(urls: readonly string[], options: ConnectRedisOptions): Cluster {
  const redis = new Cluster([...urls], cluster(options));
  // A node would connect with its first command, and refuse all others until it has.
  redis.on('+node', (node: Redis) => {
    if (node.status === 'wait') node.connect().catch(() => {});
  });
  return redis;
}

function cluster(options: ConnectRedisOptions) {
  const { enableOfflineQueue, retryStrategy, ...redisOptions } = failFast(options);
  return {
    redisOptions,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    clusterNodeRetryStrategy: retryStrategy,
    // A command may follow its slot to another node; it does not wait for a failover.
    maxRedirections: 3,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 10,
    slotsRefreshInterval: 1_000,
  } satisfies ClusterOptions;
}
