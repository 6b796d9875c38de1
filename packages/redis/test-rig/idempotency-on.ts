import { readFileSync } from 'node:fs';
import { type IdempotencyStore, systemClock } from '@sallyport/core';
import { idempotencyScripts } from '../src/idempotency-scripts.js';
import { idempotencyVerbs } from '../src/idempotency-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import type { RedisClient } from '../src/redis-client.js';
import { scriptOf } from '../src/script.js';

/** `expired-is-free`: the store with the one wrong script that makes effects happen twice. */
export type Seed = 'none' | 'expired-is-free';

/** The store on a connection, with leases short enough for a test to wait for, and possibly with a seeded bug. */
export function idempotencyOn(
  redis: RedisClient,
  { prefix = 'sallyport:', leaseMs, seed = 'none' }: { prefix?: string; leaseMs?: number; seed?: Seed } = {},
): IdempotencyStore {
  const scripts = idempotencyScripts(redis);
  const store = idempotencyVerbs({
    scripts: seed === 'none' ? scripts : { ...scripts, claim: scriptOf(redis, `claim:${seed}`, expiredIsFree()) },
    key: keyLayout(prefix),
    reachable: () => redis.status === 'ready',
    maxResultBytes: 2 * 1024 * 1024,
    clock: systemClock,
  });
  if (leaseMs === undefined) return store;
  return {
    ...store,
    claim: (request) => store.claim({ ...request, leaseMs }),
    renew: (held) => store.renew(held, leaseMs),
  };
}

/** The script with its last line wrong: a claim that ran out is free, so the effect runs again. */
function expiredIsFree(): string {
  const right = readFileSync(new URL('../lua/claim.lua', import.meta.url), 'utf8');
  const wrong = right.replace("return hold('unknown', next_token())", "return hold('claimed', next_token())");
  if (wrong === right) throw new Error('The script has changed: the bug is not in it.');
  return wrong;
}
