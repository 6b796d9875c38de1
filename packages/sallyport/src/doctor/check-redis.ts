import { assertNoEviction, type RedisClient, redisReady } from '@sallyport/redis';
import { connectedRedis } from '../connected-redis.js';
import { reasonOf } from '../reason-of.js';
import { withoutPassword } from '../without-password.js';
import { clockSkew } from './clock-skew.js';
import { type Finding, type Findings, findingsOf } from './finding.js';

/** The oldest version that the tests of @sallyport/redis run on. */
const testedMajor = 7;

/** Whether a Redis keeps what limits, results and revocations need: version, eviction, persistence, memory, clock. */
export async function checkRedis(url: string): Promise<Finding[]> {
  const found = findingsOf('redis');
  let redis: RedisClient | undefined;
  try {
    redis = await connectedRedis(url);
    await redisReady(redis);
    const info = await redis.info();
    const askedAt = Date.now();
    const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
    const saidAt = seconds * 1_000 + micros / 1_000;
    const clock = { askedAt, answeredAt: Date.now(), saidAt };
    return [
      found.ok(`${withoutPassword(url)} answers`),
      version(found, info),
      await eviction(found, redis, info),
      persistence(found, info),
      clockSkew(found, 'Redis', clock),
    ];
  } catch (error) {
    return [found.unchecked(reasonOf(error))];
  } finally {
    redis?.disconnect();
  }
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\s*$`, 'm').exec(info)?.[1];
}

function version({ ok, warning }: Findings, info: string): Finding {
  const given = field(info, 'redis_version') ?? 'unknown';
  if (Number.parseInt(given, 10) >= testedMajor) return ok(`version ${given}`);
  return warning(`version ${given} is older than what Sallyport is tested on`, `run Redis ${testedMajor} or later`);
}

async function eviction({ ok, error, warning }: Findings, redis: RedisClient, info: string): Promise<Finding> {
  try {
    await assertNoEviction(redis);
  } catch {
    return error(
      `maxmemory-policy is ${field(info, 'maxmemory_policy')}: when its memory is full, Redis forgets results and revocations`,
      'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf',
    );
  }
  if (field(info, 'maxmemory') !== '0') return ok('nothing is evicted when the memory is full');
  return warning('its memory is not bounded', 'set maxmemory, with maxmemory-policy noeviction');
}

function persistence({ ok, warning }: Findings, info: string): Finding {
  const appends = field(info, 'aof_enabled') === '1';
  if (appends) return ok('it appends to a file: a restart loses a second at most, or what appendfsync says');
  return warning(
    'it keeps no append-only file: a restart forgets limits, revocations and the results of writes since the last snapshot',
    'CONFIG SET appendonly yes, and the same in redis.conf',
  );
}
