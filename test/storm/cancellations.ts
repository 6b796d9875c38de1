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

/** How many calls of each era were given up before they were answered. */
export type Cancelled = Readonly<Record<Era, number>>;

/** What is left in the fleet. */
export interface Remains {
  /** The largest heap of an instance after a full collection. */
  readonly heapBytes: number;
  /** Timers, listeners and sockets of all instances, when their pools hold no connection. */
  readonly timers: number;
  readonly listeners: number;
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
/** Calls for each that is to be cancelled. */
const atMost = 5;

/**
 * Calls reports and goes away within a fifth of a second: a cancellation in 2026-07-28. In the 2025 era a broken connection is
 * none; there the call ends at the time that its caller gave it. Goes on until so many were not answered before, and resolves to
 * their number.
 */
export async function cancelMany(fleet: StormFleet, { era, calls, seed }: CancelOptions): Promise<number> {
  const random = randomFrom(seed);
  const token = await fleet.issuer.mint({ tenant: 'acme', agent: `fickle-${era}`, plan: 'load' });
  const asked = {
    token,
    tool: 'slow_report',
    args: { seconds: 2 },
    era,
    ...(era === '2025' ? { timeoutMs: 250 } : {}),
  };
  // Some are answered before: refused, because the server is busy with those that went away.
  let left = atMost * calls;
  let cancelled = 0;
  const lane = async (): Promise<void> => {
    while (cancelled < calls && left-- > 0) {
      const away = AbortSignal.timeout(Math.ceil(random() * 200));
      const { code } = await callOnce(fleet.nginx.origin, asked, false, away);
      if (away.aborted && code === 'reset') cancelled++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return cancelled;
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

/** How long the pools may take to close connections that nobody uses: they do after ten seconds. */
const idleMs = 40_000;

/** Looks, when the pools are empty: each of their connections has a socket, a timer and listeners. */
export async function remainsOf(fleet: StormFleet): Promise<Remains> {
  const atWork = await workAfterIdling(fleet);
  const probes = await Promise.all(fleet.instances.map((instance) => instance.probe()));
  const gauges = await Promise.all(fleet.instances.map((instance) => instance.gauges()));
  const resources = (kind: string) => probes.reduce((sum, probe) => sum + (probe.resources[kind] ?? 0), 0);
  const gauge = (name: string) => gauges.reduce((sum, each) => sum + (each.get(`sallyport_${name}`) ?? Number.NaN), 0);
  return {
    heapBytes: Math.max(...probes.map(({ heapBytes }) => heapBytes)),
    timers: resources('Timeout'),
    listeners: probes.reduce((sum, { listeners }) => sum + sumOf(listeners), 0),
    sockets: resources('TCPSocketWrap'),
    inFlight: gauge('in_flight'),
    abandoned: gauge('abandoned'),
    leases: gauge('leases'),
    sharedLeases: await leasesIn(fleet.redis.url),
    atWork,
  };
}

/** Waits until the instances have no connection to Postgres; how many are at work when they keep some. */
async function workAfterIdling({ database }: StormFleet): Promise<number> {
  for (const until = performance.now() + idleMs; ; await wait(500)) {
    const [row] = await database.query<{ open: number; at_work: number }>(
      `select count(*)::int as open, count(*) filter (where state <> 'idle')::int as at_work
         from pg_stat_activity where usename in ('sallyport_app', 'sallyport_query')`,
    );
    if (row?.open === 0 || performance.now() > until) return row?.at_work ?? Number.NaN;
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
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
