import { randomUUID } from 'node:crypto';
import type { Claim, Clock, HeldClaim, IdempotencyStore } from '@sallyport/core';
import type { IdempotencyScripts } from './idempotency-scripts.js';
import type { KeyOf } from './key-layout.js';
import { Outbox } from './outbox.js';
import type { ScriptValue } from './script.js';

/** What the verbs work with. */
export interface IdempotencyParts {
  readonly scripts: IdempotencyScripts;
  readonly key: KeyOf;
  /** Whether a command would be sent at all. */
  readonly reachable: () => boolean;
  readonly maxResultBytes: number;
  readonly clock: Clock;
}

/** The verbs of the store: what each script is given, what its reply says, and what must be sent again later. */
export function idempotencyVerbs({
  scripts,
  key: keyOf,
  reachable,
  maxResultBytes,
  clock,
}: IdempotencyParts): IdempotencyStore {
  const outbox = new Outbox(clock);
  const effectOf = ({ tenant, key }: Pick<HeldClaim, 'tenant' | 'key'>) => keyOf(tenant, 'effect', key);

  const end = (verb: 'settle' | 'release' | 'abandon', held: HeldClaim, ...args: readonly ScriptValue[]) =>
    scripts[verb]([effectOf(held)], [held.token, ...args]);

  return {
    effects: ['natural', 'phased'],
    maxResultBytes,
    async claim({ tenant, key, fingerprint, leaseMs, retentionMs }) {
      // Certainly not sent: nothing has to be taken back.
      if (!reachable()) throw new Error('not connected to Redis');
      const attempt = randomUUID();
      const effect = effectOf({ tenant, key });
      const withdrawn = keyOf(tenant, 'withdrawn', attempt);
      try {
        const keys = [effect, keyOf(tenant, 'fence', ''), withdrawn];
        return claimOf(await scripts.claim(keys, [attempt, fingerprint, whole(leaseMs), whole(retentionMs)]));
      } catch (error) {
        // It may have been claimed, or be claimed yet, and nobody will run under it.
        outbox.add(() => scripts.withdraw([effect, withdrawn], [attempt, withdrawnMs]));
        throw error;
      }
    },
    renew: async (held, leaseMs) => (await scripts.renew([effectOf(held)], [held.token, whole(leaseMs)])) === 1,
    async settle(held, result) {
      const bytes = Buffer.byteLength(result);
      if (bytes > maxResultBytes)
        throw new RangeError(`a result of ${bytes} bytes is over the ${maxResultBytes} that are kept`);
      return (await end('settle', held, result)) === 1;
    },
    async release(held) {
      await end('release', held);
    },
    async abandon(held) {
      await end('abandon', held);
    },
  };
}

const inProgressRetryMs = 1_000;
/** Longer than a command can lie in a socket that was given up. */
const withdrawnMs = 60_000;
/** A hundred years: PEXPIRE takes no infinity. */
const longestMs = 3_155_760_000_000;

function whole(ms: number): number {
  return Math.min(Math.ceil(ms), longestMs);
}

/** The replies of claim.lua. */
function claimOf(reply: unknown): Claim {
  const [state, value] = reply as readonly [state: string, value: unknown];
  switch (state) {
    case 'claimed':
    case 'unknown':
      return { state, token: value as number };
    case 'settled':
      return { state, result: value as string };
    case 'in-progress':
      return { state, retryAfterMs: inProgressRetryMs };
    case 'conflict':
      return { state };
    default:
      throw new Error(`the claim was answered ${state}`);
  }
}
