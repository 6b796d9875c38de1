import { connectRedis, type RedisClient } from '@sallyport/redis';
import { CannotRun } from './cannot-run.js';
import { reasonOf } from './reason-of.js';
import { withoutPassword } from './without-password.js';

const patienceMs = 3_000;

/** A connection to the Redis at the URL, once it is made. Throws a {@link CannotRun} when it is not made in 3 seconds. */
export async function connectedRedis(url: string): Promise<RedisClient> {
  const redis = connectRedis(url, { commandTimeoutMs: patienceMs, connectionName: 'sallyport-cli' });
  try {
    // Commands on a connection that fails fast are refused until it is made.
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer within 3 seconds')), patienceMs);
      const settle = (done: () => void) => {
        clearTimeout(timer);
        done();
      };
      redis.once('ready', () => settle(resolve));
      redis.once('error', (error) => settle(() => reject(error)));
    });
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new CannotRun(`Redis at ${withoutPassword(url)} cannot be reached: ${reasonOf(error)}`);
  }
}
