import { admissionStoreContract } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { admissionOn, connected } from '../test-rig/admission-on.js';
import { type RedisCluster, startCluster } from '../test-rig/redis-cluster.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';

describeWithRedis('the contract of an admission store', () => {
  describe('holds on a single Redis', () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());
    for (const { title, prove } of admissionStoreContract(() => admissionOn(server.url))) test.concurrent(title, prove);
  });

  describe('holds on a Redis that falls silent', () => {
    const silent = async () => {
      const server = await startRedis();
      const admin = await connected(server.url);
      const subject = await admissionOn(server.url, 100);
      return {
        ...subject,
        stall: async (ms: number) => void (await admin.client('PAUSE', ms, 'ALL')),
        dispose: async () => {
          await subject.dispose?.();
          admin.disconnect();
          await server.stop();
        },
      };
    };
    for (const { title, prove } of admissionStoreContract(silent))
      if (title.includes('after its caller')) test(title, prove);
  });

  describe('holds on a Redis Cluster of three nodes', () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await startCluster();
    }, 60_000);
    afterAll(() => cluster.stop());
    for (const { title, prove } of admissionStoreContract(() => admissionOn(cluster.urls)))
      test.concurrent(title, prove);
  });
});
