import {
  assertRevocation,
  type Clock,
  type DenyList,
  type Principal,
  type Revoked,
  revokedKey,
  revokedKeysOf,
  systemClock,
} from '@sallyport/core';
import { option } from '@sallyport/core/adapter';
import { assertRedis } from './assert-redis.js';
import { DenyListCopy } from './deny-list-copy.js';
import { DenyListFeed } from './deny-list-feed.js';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';
import { script } from './script.js';
import { timeoutOf } from './timeout-of.js';

/** Where the list lies, how large it may get, and how often it is asked for changes. */
export interface RedisDenyListOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
  /** Default 100,000. */
  readonly capacity?: number;
  /** How often changes are asked for, whatever was pushed, in milliseconds, at most 4,000. Default 1,000. */
  readonly pollMs?: number;
  /** For how long answers may rely on the copy, and when to ask again. */
  readonly clock?: Clock;
  /** Unix milliseconds, by which entries end. Default the system's wall clock. */
  readonly wallClock?: { now(): number };
}

/** The deny list of a fleet, as one instance has it. */
export interface RedisDenyList extends DenyList {
  /** From the copy, at once. Throws when the copy is older than 5 seconds, except of a caller that is known to be revoked. */
  isRevoked(principal: Principal): boolean;
  isRevokedNow(principal: Principal): Promise<boolean>;
  /**
   * Rejects with a `RangeError` when the list is full, and with what `assertRevocation` throws. `reason`, of at most 1,000
   * characters, is for whoever reads the list; without one, the reason that is there stays.
   */
  revoke(entry: Revoked, until: number, reason?: string): Promise<void>;
  /** When it has resolved, every instance that reaches Redis knows it within 5 seconds. */
  reinstate(entry: Revoked): Promise<boolean>;
  /** Throws unless the copy is fresh. For the readiness of a host. */
  assertFresh(): void;
  /** Asks for changes no more and ends its connection for messages. */
  close(): void;
}

/** The promise: what is revoked is dead everywhere within this time, or nobody says that it is not. */
const staleMs = 5_000;
const page = 1_000;
const maxReason = 1_000;

/**
 * Tokens, subjects and tenants that are revoked before their tokens expire, for every instance at the same prefix. Each has a
 * copy: pushed to by messages, and asked for changes every `pollMs` in case a message is lost. An instance that has not reached
 * Redis for 5 seconds says of nobody any more that it is not revoked. Bounded: a full list refuses, it never forgets.
 *
 * Reads over `redis`; messages come over a connection of its own, made like that one. Throws a `TypeError` for a connection that
 * does not fail fast.
 *
 * @example
 * ```ts
 * import { connectRedis, redisDenyList } from '@sallyport/redis';
 *
 * const denied = redisDenyList(connectRedis('redis://127.0.0.1:6379'));
 * await denied.revoke({ issuer: 'https://login.example.com', subject: 'agent-7' }, Date.now() + 3_600_000);
 * ```
 */
export function redisDenyList(redis: RedisClient, options: RedisDenyListOptions = {}): RedisDenyList {
  assertRedis('redisDenyList', redis, options, {
    capacity: option.positive('entries'),
    pollMs: option.is('number'),
    clock: option.having('now', 'setTimeout', 'clearTimeout'),
    wallClock: option.having('now'),
  } satisfies Record<Exclude<keyof RedisDenyListOptions, 'prefix'>, unknown>);
  const { prefix = 'sallyport:', capacity = 100_000, pollMs = 1_000, clock = systemClock, wallClock = Date } = options;
  timeoutOf(redis);
  if (!(pollMs > 0 && pollMs <= 4_000)) throw new RangeError('pollMs must be positive and at most 4,000');
  const key = keyLayout(prefix);
  const until = key('', 'revoked', 'until');
  const changes = key('', 'revoked', 'changes');
  const reasons = key('', 'revoked', 'reasons');
  const undone = key('', 'revoked', 'undone');
  const channel = key('', 'revoked', 'channel');
  const revoke = script(redis, 'revoke');
  const reinstate = script(redis, 'reinstate');
  const revokedSince = script(redis, 'revoked-since');
  const isRevoked = script(redis, 'is-revoked');

  // What the server forgot an instance still knows, so there may be more here than there.
  const copy = new DenyListCopy(2 * capacity, () => wallClock.now());
  let freshAt = Number.NEGATIVE_INFINITY;
  let known = '0';
  const learn = (entry: string, ends: number): void => (ends === 0 ? copy.remove(entry) : copy.add(entry, ends));
  const catchUp = async (): Promise<void> => {
    const asked = clock.now();
    for (let more = 1; more === 1; ) {
      const from = known;
      const reply = (await revokedSince([until, changes], [from, page])) as [string, string[], number];
      const entries = reply[1];
      for (let at = 0; at < entries.length; at += 2) learn(entries[at] as string, Number(entries[at + 1]));
      more = reply[2];
      if (known === from) known = reply[0];
    }
    freshAt = asked;
  };
  const feed = new DenyListFeed(redis, channel, (message) => {
    try {
      const [entry, ends, change] = JSON.parse(message) as [string, number, number];
      // Of what was asked for since, a message that comes late says how it was before.
      if (!(change <= Number(known))) learn(entry, ends);
    } catch {
      // Not a message of ours, or no room for it: until the list itself was asked, nobody can tell.
      freshAt = Number.NEGATIVE_INFINITY;
    }
  });
  let failure: unknown;
  let timer: unknown;
  let asking = false;
  let closed = false;
  const poll = async (): Promise<void> => {
    if (asking || closed) return;
    asking = true;
    clock.clearTimeout(timer);
    const [caughtUp] = await Promise.allSettled([catchUp(), feed.subscribe()]);
    failure = caughtUp.status === 'rejected' ? caughtUp.reason : undefined;
    asking = false;
    if (!closed) timer = clock.setTimeout(() => void poll(), pollMs);
  };
  const onServer = () => {
    // Another server may number its changes otherwise.
    known = '0';
    void poll();
  };
  redis.on('ready', onServer);
  redis.on('+node', onServer);
  void poll();

  const assertFresh = (): void => {
    if (!(clock.now() - freshAt < staleMs))
      throw new Error('the deny list has not been reached for 5 seconds', { cause: failure });
  };
  return {
    isRevoked(principal) {
      if (copy.size > 0 && revokedKeysOf(principal).some((entry) => copy.holds(entry))) return true;
      assertFresh();
      return false;
    },
    isRevokedNow: async (principal) => (await isRevoked([until], revokedKeysOf(principal))) === 1,
    async revoke(revoked, ends, reason = '') {
      assertRevocation(revoked, ends, wallClock.now());
      if (reason.length > maxReason) throw new RangeError(`a reason has at most ${maxReason} characters`);
      const [entry, at] = [revokedKey(revoked), Math.ceil(ends)];
      const kept = await revoke(
        [until, changes, reasons, undone],
        [entry, at, capacity, channel, JSON.stringify([entry, at]), reason],
      );
      if (kept === -1) throw new RangeError('until is over already by the clock of the server');
      if (kept !== 1) throw new RangeError('the deny list is full');
      copy.add(entry, at);
    },
    async reinstate(revoked) {
      const entry = revokedKey(revoked);
      const told = JSON.stringify([entry, 0]);
      const was = await reinstate([until, changes, reasons, undone], [entry, channel, told]);
      copy.remove(entry);
      return was === 1;
    },
    assertFresh,
    close() {
      closed = true;
      clock.clearTimeout(timer);
      redis.off('ready', onServer);
      redis.off('+node', onServer);
      feed.close();
    },
  };
}
