import type { Who } from './callers.js';
import type { RecordedCall } from './history.js';
import { openLoad } from './open-load.js';
import type { StormFleet } from './storm-fleet.js';
import { summaryOf } from './summary.js';

/** How hard and how long. */
export interface OverloadOptions {
  /** Multiples of what the fleet can do, in the order in which they are offered. */
  readonly factors: readonly number[];
  readonly msPerFactor: number;
  /** How long one call keeps a connection of the pool. */
  readonly holdMs: number;
  readonly seed: number;
}

/** What one class of callers got, at one load. */
interface ClassFigures {
  readonly offeredPerSecond: number;
  readonly goodputPerSecond: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Share of calls that succeeded. */
  readonly success: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One load, and what became of it. */
export interface OverloadLevel {
  readonly factor: number;
  readonly ordinary: ClassFigures;
  readonly critical: ClassFigures;
}

/** Connections to the database of all instances together: what the storm is about, not the processor. */
const connections = 30;
/** Critical calls are a tenth of what can be served, and stay so. */
const criticalShare = 0.1;
const settleMs = 2_000;
const callers = 20;

/**
 * Offers calls, each of which keeps one of the fleet's thirty database connections for a fixed time, at multiples of what
 * those can serve, open loop; beside them critical callers at a constant tenth of it.
 */
export async function overload(
  fleet: StormFleet,
  { factors, msPerFactor, holdMs, seed }: OverloadOptions,
): Promise<OverloadLevel[]> {
  const capacity = (connections * 1_000) / holdMs;
  const step = { tool: 'hold_connection', args: { seconds: holdMs / 1_000 } };
  const cast = (plan: string) =>
    Promise.all(
      Array.from({ length: callers }, async (_, n): Promise<Who> => {
        const who = { tenant: 'acme', agent: `${plan}-${seed}-${n}` };
        return { ...who, token: await fleet.issuer.mint({ ...who, plan }) };
      }),
    );
  const [ordinary, critical] = await Promise.all([cast('load'), cast('critical')]);
  const at = async (factor: number, forMs: number): Promise<OverloadLevel> => {
    const offers = [
      { callers: ordinary, perSecond: Math.max(0, factor - criticalShare) * capacity, step },
      { callers: critical, perSecond: criticalShare * capacity, step },
    ];
    const calls = await openLoad(fleet.nginx.origin, offers, { forMs, seed });
    const of = (some: readonly Who[]) =>
      figuresOf(
        calls.filter(({ agent }) => some.some((who) => who.agent === agent)),
        forMs,
      );
    return { factor, ordinary: of(ordinary), critical: of(critical) };
  };
  const levels: OverloadLevel[] = [];
  for (const factor of factors) {
    await at(factor, settleMs);
    levels.push(await at(factor, msPerFactor));
  }
  return levels;
}

function figuresOf(own: readonly RecordedCall[], forMs: number): ClassFigures {
  const { calls, codes, p50Ms, p99Ms } = summaryOf(own);
  const { ok = 0 } = codes;
  return {
    offeredPerSecond: (calls * 1_000) / forMs,
    goodputPerSecond: (ok * 1_000) / forMs,
    codes,
    success: calls === 0 ? 1 : ok / calls,
    p50Ms,
    p99Ms,
  };
}
