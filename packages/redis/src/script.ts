import { readFileSync } from 'node:fs';
import type { RedisClient } from './redis-client.js';

/** What a script takes: all of it is sent as text. */
export type ScriptValue = string | number | Buffer;

/** Runs a script; resolves with its reply as ioredis reads it. All keys must be of one tenant. */
export type Script = (keys: readonly string[], args: readonly ScriptValue[]) => Promise<unknown>;

/**
 * The script `lua/<verb>.lua` of this package as a command of the connection. It is sent once per connection and called by its
 * hash from then on; a server that forgot it (SCRIPT FLUSH, failover, restart) is sent it again, in the same call.
 */
export function script(redis: RedisClient, verb: string): Script {
  // One level above, from the sources as from what is built of them.
  return scriptOf(redis, verb, readFileSync(new URL(`../lua/${verb}.lua`, import.meta.url), 'utf8'));
}

/** The same for a script of any text. */
export function scriptOf(redis: RedisClient, verb: string, lua: string): Script {
  const command = `sallyport:${verb}`;
  redis.defineCommand(command, { lua });
  const run = Reflect.get(redis, command) as (...values: readonly ScriptValue[]) => Promise<unknown>;
  return (keys, args) => run.call(redis, keys.length, ...keys, ...args);
}
