import {
  checkedUsageQuery,
  type UsageBatch,
  type UsageEntry,
  type UsageOwner,
  type UsageStore,
  UsageSums,
} from '@sallyport/core';
import { option } from '@sallyport/core/adapter';
import { Cluster } from 'ioredis';
import { assertRedis } from './assert-redis.js';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';
import { type ScriptValue, script } from './script.js';

/** Where usage lies, and how long. */
export interface RedisUsageOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
  /** Days that are kept, today included. Default 92. */
  readonly retentionDays?: number;
  /** How many agents on tools one tenant may have in a day; the rest is counted under `*`, by tool. Default 10,000. */
  readonly maxRows?: number;
}

const dayMs = 86_400_000;
/** A batch is sent again until it is answered: for as long as that, so that it counts once. */
const rememberMs = dayMs;
/** Keys looked at in one command, and days read together: others wait meanwhile. */
const step = 1_000;

/**
 * Usage of a fleet on one Redis or a Redis Cluster. A batch is one command for each tenant in it, and counts once however often it
 * is sent. Reading looks through the keys of the server, unless a tenant is asked for: for reports, not for calls. Give it a
 * connection of its own with a `commandTimeoutMs` of seconds: nobody waits for it.
 *
 * @example
 * ```ts
 * import { UsageMeter } from '@sallyport/core';
 * import { observe } from '@sallyport/observe';
 * import { connectRedis, redisUsage } from '@sallyport/redis';
 *
 * const store = redisUsage(connectRedis('redis://127.0.0.1:6379', { commandTimeoutMs: 2_000 }));
 * const telemetry = observe({ usage: new UsageMeter(store) });
 * const spenders = () => store.read({ from: '2026-11-01', to: '2026-11-26', by: 'agent', top: 10 });
 * ```
 */
export function redisUsage(redis: RedisClient, options: RedisUsageOptions = {}): UsageStore {
  assertRedis('redisUsage', redis, options, {
    retentionDays: option.positive('days'),
    maxRows: option.positive('rows'),
  } satisfies Record<Exclude<keyof RedisUsageOptions, 'prefix'>, unknown>);
  const { prefix = 'sallyport:', retentionDays = 92, maxRows = 10_000 } = options;
  const key = keyLayout(prefix);
  const add = script(redis, 'record-usage');

  return {
    async record(batch) {
      const endsMs = Date.parse(batch.day) + retentionDays * dayMs;
      const sent = [...byTenant(batch)].map(([tenant, entries]) => {
        const args: ScriptValue[] = [batch.number, rememberMs, endsMs, maxRows];
        for (const entry of entries) args.push(...argumentsOf(entry));
        return add([key(tenant, 'source', batch.source), key(tenant, 'usage', batch.day)], args);
      });
      // All that were sent are settled, so that none overtakes the next batch.
      const failed = (await Promise.allSettled(sent)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },

    async read(query) {
      const { by, top, tenant, days } = checkedUsageQuery(query);
      const keys = tenant === undefined ? await keysOf(days) : days.map((day) => key(tenant, 'usage', day));
      const sums = new UsageSums(by);
      for (let at = 0; at < keys.length; at += step) {
        const together = keys.slice(at, at + step).map((each) => redis.hgetallBuffer(each));
        for (const rows of await Promise.all(together)) {
          for (const [owner, packed] of Object.entries(rows)) sums.add(entryOf(owner, packed));
        }
      }
      return sums.top(top);
    },
  };

  /** The keys of all tenants on these days. */
  async function keysOf(days: readonly string[]): Promise<string[]> {
    const wanted = new Set(days);
    const found = new Set<string>();
    const match = `${prefix.replaceAll(/[[\]*?\\]/g, '\\$&')}{*}:usage:*`;
    for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
      let cursor = '0';
      do {
        const [next, keys] = await node.scan(cursor, 'MATCH', match, 'COUNT', step);
        for (const each of keys) if (wanted.has(each.slice(-10))) found.add(each);
        cursor = next;
      } while (cursor !== '0');
    }
    return [...found];
  }
}

function byTenant({ entries }: UsageBatch): Map<string, UsageEntry[]> {
  const tenants = new Map<string, UsageEntry[]>();
  for (const entry of entries) {
    const own = tenants.get(entry.tenant);
    if (own === undefined) tenants.set(entry.tenant, [entry]);
    else own.push(entry);
  }
  return tenants;
}

/** The ARGV of `record-usage.lua` for one entry. The tenant is in its name: a key could not be read back. */
function argumentsOf({ tenant, issuer, agent, tool, ...took }: UsageEntry): ScriptValue[] {
  const name = JSON.stringify([tenant, issuer, agent, tool]);
  const rest = JSON.stringify([tenant, '*', '*', tool]);
  return [name, rest, took.calls, took.handlerMs, took.inputTokens, took.outputTokens, took.cost];
}

function entryOf(owner: string, packed: Buffer): UsageEntry {
  const [tenant, issuer, agent, tool] = JSON.parse(owner) as [string, string, string, string];
  const names: UsageOwner = { tenant, issuer, agent, tool };
  const double = (at: number) => packed.readDoubleLE(8 * at);
  return {
    ...names,
    calls: double(0),
    handlerMs: double(1),
    inputTokens: double(2),
    outputTokens: double(3),
    cost: double(4),
  };
}
