import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '@sallyport/testkit';
import { Redis } from 'ioredis';
import { callOnce, type Era } from './call.js';
import type { StormFleet } from './storm-fleet.js';

/** How many, how they are spread. */
export interface CancelOptions {
  readonly era: Era;
  readonly calls: number;
  readonly seed: number;
}

/** What is left in the fleet. */
export interface Remains {
  /** The largest heap of an instance after a full collection. */
  readonly heapBytes: number;
  /** Timers and sockets of all instances, without the one of each that a connection of the pool has. */
  readonly timers: number;
  readonly sockets: number;
  /** Calls in flight, abandoned handlers and leases held, as the metrics of all instances say. */
  readonly inFlight: number;
  readonly abandoned: number;
  readonly leases: number;
  /** Leases in Redis. */
  readonly sharedLeases: number;
  /** Connections to Postgres that are not idle. */
  readonly atWork: number;
}

const lanes = 20;

/**
 * Calls reports and goes away within a fifth of a second: a cancellation in 2026-07-28. In the 2025 era a broken connection is
 * none; there the call ends at the time that its caller gave it.
 */
export async function cancelMany(fleet: StormFleet, { era, calls, seed }: CancelOptions): Promise<void> {
  const random = randomFrom(seed);
  const token = await fleet.issuer.mint({ tenant: 'acme', agent: `fickle-${era}`, plan: 'load' });
  const asked = {
    token,
    tool: 'slow_report',
    args: { seconds: 2 },
    era,
    ...(era === '2025' ? { timeoutMs: 250 } : {}),
  };
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const away = AbortSignal.timeout(Math.ceil(random() * 200));
      await callOnce(fleet.nginx.origin, asked, false, away);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** How long what the last calls began may take to end. */
const settleMs = 30_000;

/** Looks again and again until it is as before, for half a minute at most; what is left then stays. */
export async function remainsLike(before: Remains, fleet: StormFleet): Promise<Remains> {
  for (const until = performance.now() + settleMs; ; ) {
    const after = await remainsOf(fleet);
    const { heapBytes: _, ...counts } = before;
    const isAsBefore = (Object.keys(counts) as (keyof typeof counts)[]).every((what) => after[what] <= before[what]);
    if (isAsBefore || performance.now() > until) return after;
  }
}

/** Looks, when everything has had a second to end. */
export async function remainsOf(fleet: StormFleet): Promise<Remains> {
  await wait(1_000);
  const probes = await Promise.all(fleet.instances.map((instance) => instance.probe()));
  const gauges = await Promise.all(fleet.instances.map((instance) => instance.gauges()));
  const resources = (kind: string) => probes.reduce((sum, probe) => sum + (probe.resources[kind] ?? 0), 0);
  const gauge = (name: string) => gauges.reduce((sum, each) => sum + (each.get(`sallyport_${name}`) ?? Number.NaN), 0);
  const [row] = await fleet.database.query<{ backends: number; at_work: number }>(
    `select count(*)::int as backends, count(*) filter (where state <> 'idle')::int as at_work
       from pg_stat_activity where usename in ('sallyport_app', 'sallyport_query')`,
  );
  const backends = row?.backends ?? Number.NaN;
  return {
    heapBytes: Math.max(...probes.map(({ heapBytes }) => heapBytes)),
    timers: resources('Timeout') - backends,
    sockets: resources('TCPSocketWrap') - backends,
    inFlight: gauge('in_flight'),
    abandoned: gauge('abandoned'),
    leases: gauge('leases'),
    sharedLeases: await leasesIn(fleet.redis.url),
    atWork: row?.at_work ?? Number.NaN,
  };
}

async function leasesIn(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    let leases = 0;
    for (const key of await redis.keys('sallyport:*:lease:*')) leases += await redis.zcard(key);
    return leases;
  } finally {
    redis.disconnect();
  }
}
