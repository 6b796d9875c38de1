import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimPorts } from '../../../test/support/claim-ports.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { connectRedis, failFast } from './connect-redis.js';

test('a connection that calls wait for never keeps a command for later, and never sends one twice', () => {
  const { retryStrategy, ...options } = failFast();
  expect(options).toEqual({
    commandTimeout: 75,
    connectionName: 'sallyport',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    connectTimeout: 2_000,
    socketTimeout: 2_000,
  });
  expect([1, 2, 10, 1_000].map(retryStrategy)).toEqual([1, 100, 500, 1_000]);
});

test.each([undefined, null, '', [], [undefined], 6379])('what is no URL is refused at once: %j', (url) => {
  expect(() => connectRedis(url as never)).toThrow('connectRedis: the URL must be a string');
});

test('an unknown option is refused at once', () => {
  expect(() => failFast({ commandTimeout: 5 } as never)).toThrow('did you mean commandTimeoutMs?');
});

test('a single Redis and a Cluster are connected to with these options', async () => {
  const [port = 0] = await claimPorts(1);
  const single = connectRedis(`redis://127.0.0.1:${port}`, { commandTimeoutMs: 50 });
  const cluster = connectRedis([`redis://127.0.0.1:${port}`], { commandTimeoutMs: 50 });
  try {
    expect(single).toBeInstanceOf(Redis);
    expect(single.options).toMatchObject({
      ...failFast({ commandTimeoutMs: 50 }),
      retryStrategy: expect.any(Function),
    });
    expect(cluster).toBeInstanceOf(Cluster);
    const { enableOfflineQueue, retryStrategy, ...perNode } = failFast({ commandTimeoutMs: 50 });
    expect(cluster.options).toMatchObject({
      enableOfflineQueue,
      redisOptions: perNode,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
    });
  } finally {
    single.disconnect();
    cluster.disconnect();
  }
});

describeWithRedis('a connection', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test('to nothing fails each command at once, and finds the server when it comes', async () => {
    const [port = 0] = await claimPorts(1);
    const redis = connectRedis(`redis://127.0.0.1:${port}`);
    await expect(redis.ping()).rejects.toThrow();
    const late = await startRedis({ port });
    const [ready] = await Promise.all([new Promise((resolve) => redis.once('ready', resolve)), late]);
    expect(ready).toBeUndefined();
    await expect(redis.ping()).resolves.toBe('PONG');
    redis.disconnect();
    await late.stop();
  });

  test('to a server that hangs fails a command within its time', async () => {
    const redis = connectRedis(server.url, { commandTimeoutMs: 50 });
    await new Promise((resolve) => redis.once('ready', resolve));
    server.process.kill('SIGSTOP');
    const asked = performance.now();
    await expect(redis.ping()).rejects.toThrow('timed out');
    expect(performance.now() - asked).toBeLessThan(1_000);
    server.process.kill('SIGCONT');
    redis.disconnect();
  });
});
