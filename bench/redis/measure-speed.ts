import { once } from 'node:events';
import { Redis } from 'ioredis';
import { median } from '../support/median.js';
import type { Windows } from './contender.js';
import { contenders } from './contenders.js';

/** One contender at one concurrency: medians of the rounds. */
export interface Speed {
  readonly id: string;
  readonly concurrency: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time of the process that asks, in microseconds a decision. */
  readonly clientUs: number;
  /** Time of Redis, in microseconds a decision. */
  readonly serverUs: number;
}

/** Nothing is refused: what is measured is the decision. */
const roomy: Windows = { shortSeconds: 60, shortLimit: 1e9, longSeconds: 3_600, longLimit: 1e9 };
const callers = 1_000;

/** Measures every contender at every concurrency, in turns. */
export async function measureSpeed(
  url: string,
  concurrencies: readonly number[],
  rounds: number,
  seconds: number,
  progress: (line: string) => void,
): Promise<Speed[]> {
  const admin = new Redis(url);
  const measured = new Map<string, Omit<Speed, 'id' | 'concurrency'>[]>();
  for (let round = 0; round < rounds; round++) {
    for (const concurrency of concurrencies) {
      for (const { id, open } of contenders) {
        const limiter = await open(url, `speed-${id}:`, roomy);
        await limiter.decide('warm');
        const before = await redisUs(admin);
        const cpu = process.cpuUsage();
        const startedAt = performance.now();
        const until = startedAt + seconds * 1_000;
        const waits: number[] = [];
        const ask = async (lane: number) => {
          for (let call = lane; performance.now() < until; call += concurrency) {
            const asked = performance.now();
            if (!(await limiter.decide(`caller ${call % callers}`))) throw new Error(`${id} refused a call`);
            waits.push(performance.now() - asked);
          }
        };
        await Promise.all(Array.from({ length: concurrency }, (_, lane) => ask(lane)));
        const tookMs = performance.now() - startedAt;
        const { user, system } = process.cpuUsage(cpu);
        const serverUs = ((await redisUs(admin)) - before) / waits.length;
        limiter.close();
        waits.sort((a, b) => a - b);
        const key = `${id} ${concurrency}`;
        measured.set(key, [
          ...(measured.get(key) ?? []),
          {
            perSecond: (waits.length / tookMs) * 1_000,
            p50Ms: waits[Math.floor(waits.length * 0.5)] ?? 0,
            p99Ms: waits[Math.floor(waits.length * 0.99)] ?? 0,
            clientUs: (user + system) / waits.length,
            serverUs,
          },
        ]);
        progress(`round ${round + 1} of ${rounds}: ${key}`);
        await admin.flushall();
      }
    }
  }
  admin.disconnect();
  return concurrencies.flatMap((concurrency) =>
    contenders.map(({ id }) => {
      const runs = measured.get(`${id} ${concurrency}`) ?? [];
      const middle = (of: keyof (typeof runs)[number]) => median(runs.map((run) => run[of]));
      return {
        id,
        concurrency,
        perSecond: middle('perSecond'),
        p50Ms: middle('p50Ms'),
        p99Ms: middle('p99Ms'),
        clientUs: middle('clientUs'),
        serverUs: middle('serverUs'),
      };
    }),
  );
}

/** User and system time of the server so far, in microseconds. */
async function redisUs(admin: Redis): Promise<number> {
  const info = await admin.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6;
}

/** Commands that a contender sends for one decision, as MONITOR sees them. */
export async function roundTrips(url: string): Promise<Readonly<Record<string, number>>> {
  const counted: Record<string, number> = {};
  const decisions = 100;
  for (const { id, open } of contenders) {
    const limiter = await open(url, `trips-${id}:`, roomy);
    for (let call = 0; call < 10; call++) await limiter.decide('warm');
    const watcher = new Redis(url);
    const monitor = await watcher.monitor();
    let commands = 0;
    monitor.on('monitor', (_time: string, _args: string[], source: string) => {
      if (source !== 'lua') commands++;
    });
    for (let call = 0; call < decisions; call++) await limiter.decide('caller');
    const probe = new Redis(url);
    await once(probe, 'ready');
    await probe.ping();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Those of the probe: what a connection says about itself, and the ping.
    counted[id] = Math.floor(commands / decisions);
    for (const client of [probe, watcher, monitor]) client.disconnect();
    limiter.close();
  }
  return counted;
}
