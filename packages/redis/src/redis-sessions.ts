import { assertRedis } from './assert-redis.js';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';
import { script } from './script.js';

/** Where the sessions lie. */
export interface RedisSessionsOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
}

/** A session is known by its id and its owner together. */
interface Session {
  readonly id: string;
  readonly owner: string;
  /** Milliseconds without a request after which it ends. */
  readonly idleMs: number;
}

/** The `SessionStore` of `@sallyport/http`, shared. */
export interface RedisSessions {
  open(
    session: Session & { readonly maxPerOwner: number; readonly maxInAll: number },
  ): Promise<'opened' | 'owner_full' | 'full'>;
  touch(session: Session): Promise<boolean>;
  end(session: Omit<Session, 'idleMs'>): Promise<void>;
}

/**
 * Sessions of the 2025 era, counted and owned for a fleet, by the server's clock. What a session streams stays in the instance
 * that opened it: a load balancer still has to send its requests there.
 *
 * @example
 * ```ts
 * import { connectRedis, redisSessions } from '@sallyport/redis';
 *
 * const sessions = redisSessions(connectRedis('redis://127.0.0.1:6379'));
 * ```
 */
export function redisSessions(redis: RedisClient, options: RedisSessionsOptions = {}): RedisSessions {
  assertRedis('redisSessions', redis, options, {});
  const { prefix = 'sallyport:' } = options;
  const key = keyLayout(prefix);
  // One slot for all: the bound over everybody is decided together with the owner's.
  const keysOf = (owner: string) => [key('', 'sessions', ''), key('', 'owner', owner)];
  const open = script(redis, 'open-session');
  const touch = script(redis, 'touch-session');
  const end = script(redis, 'end-session');
  return {
    open: async ({ id, owner, idleMs, maxPerOwner, maxInAll }) =>
      (await open(keysOf(owner), [id, Math.ceil(idleMs), maxPerOwner, maxInAll])) as 'opened' | 'owner_full' | 'full',
    touch: async ({ id, owner, idleMs }) => (await touch(keysOf(owner), [id, Math.ceil(idleMs)])) === 1,
    async end({ id, owner }) {
      await end(keysOf(owner), [id]);
    },
  };
}
