import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { loseReplies } from './lost-replies.js';

describeWithRedis('when a proxy cuts the replies of 1,000 admissions', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  test('what is charged, and what is held, is exactly what was admitted', async () => {
    const { lost, admitted, charged, leasesHeld } = await loseReplies(server, 1_000);
    expect(lost).toBe(1_000);
    expect({ charged, leasesHeld }).toEqual({ charged: admitted, leasesHeld: admitted });
  }, 240_000);

  test('a limiter without an admission id is found out', async () => {
    const { admitted, charged } = await loseReplies(server, 20, 'no-admission-id');
    expect(charged).toBeGreaterThan(admitted);
  }, 60_000);
});
