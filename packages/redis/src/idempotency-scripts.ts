import type { RedisClient } from './redis-client.js';
import { type Script, script } from './script.js';

/** The verbs of an idempotency store, each one script of `lua/`. */
export interface IdempotencyScripts {
  readonly claim: Script;
  readonly renew: Script;
  readonly settle: Script;
  readonly release: Script;
  readonly abandon: Script;
  readonly withdraw: Script;
}

/** Loads them on a connection. */
export function idempotencyScripts(redis: RedisClient): IdempotencyScripts {
  return {
    claim: script(redis, 'claim'),
    renew: script(redis, 'renew-claim'),
    settle: script(redis, 'settle-claim'),
    release: script(redis, 'release-claim'),
    abandon: script(redis, 'abandon-claim'),
    withdraw: script(redis, 'withdraw-claim'),
  };
}
