import { randomFrom } from '@sallyport/testkit';
import { callOnce, keptConnections } from './call.js';
import { openLoop } from './open-loop.js';
import type { StormFleet } from './storm-fleet.js';
import { quantile } from './summary.js';

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
  const random = randomFrom(seed);
  const capacity = (connections * 1_000) / holdMs;
  const http = keptConnections();
  const tokens = (plan: string) =>
    Promise.all(
      Array.from({ length: callers }, (_, n) =>
        fleet.issuer.mint({ tenant: 'acme', agent: `${plan}-${seed}-${n}`, plan }),
      ),
    );
  const [ordinary, critical] = await Promise.all([tokens('load'), tokens('critical')]);
  const offer = async (of: readonly string[], perSecond: number, forMs: number): Promise<ClassFigures> => {
    const codes: Record<string, number> = {};
    const took: number[] = [];
    let calls = 0;
    if (perSecond > 0) {
      const args = { seconds: holdMs / 1_000 };
      await openLoop(perSecond, forMs, random, async (dueMs) => {
        const token = of[calls++ % of.length] as string;
        const { code } = await callOnce(fleet.nginx.origin, { token, tool: 'hold_connection', args }, http);
        codes[code] = (codes[code] ?? 0) + 1;
        if (code === 'ok') took.push(performance.now() - dueMs);
      });
    }
    return {
      offeredPerSecond: (calls * 1_000) / forMs,
      goodputPerSecond: (took.length * 1_000) / forMs,
      codes,
      success: calls === 0 ? 1 : took.length / calls,
      p50Ms: quantile(took, 0.5),
      p99Ms: quantile(took, 0.99),
    };
  };
  const at = async (factor: number, forMs: number): Promise<OverloadLevel> => {
    const [some, few] = await Promise.all([
      offer(ordinary, Math.max(0, factor - criticalShare) * capacity, forMs),
      offer(critical, criticalShare * capacity, forMs),
    ]);
    return { factor, ordinary: some, critical: few };
  };
  try {
    const levels: OverloadLevel[] = [];
    for (const factor of factors) {
      await at(factor, settleMs);
      levels.push(await at(factor, msPerFactor));
    }
    return levels;
  } finally {
    http.destroy();
  }
}
