import { randomFrom } from '@sallyport/testkit';
import { callOnce, keptConnections } from './call.js';
import { openLoop } from './open-loop.js';
import type { StormFleet } from './storm-fleet.js';
import { quantile } from './summary.js';

/** How hard and how long. */
export interface NeighbourOptions {
  /** How many times its usual load the one tenant offers. */
  readonly factor: number;
  readonly forMs: number;
  readonly holdMs: number;
  readonly seed: number;
}

/** What the other tenants saw. */
export interface NeighbourFigures {
  readonly calls: number;
  readonly success: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What became of the calls of the one tenant. */
  readonly rogue: Readonly<Record<string, number>>;
}

const others = 5;
/** What each tenant usually asks. */
const usualPerSecond = 1;

/** Six tenants, each bounded to six calls at once; one of them offers a multiple of its usual load, open loop. */
export async function neighbours(
  fleet: StormFleet,
  { factor, forMs, holdMs, seed }: NeighbourOptions,
): Promise<NeighbourFigures> {
  const random = randomFrom(seed);
  const http = keptConnections();
  const args = { seconds: holdMs / 1_000 };
  const rogue: Record<string, number> = {};
  const took: number[] = [];
  let calls = 0;
  const offer = async (tenant: string, perSecond: number, seen: (code: string, tookMs: number) => void) => {
    const token = await fleet.issuer.mint({ tenant, agent: `${tenant}-${seed}`, plan: 'tenant' });
    await openLoop(perSecond, forMs, random, async (dueMs) => {
      const { code } = await callOnce(fleet.nginx.origin, { token, tool: 'hold_connection', args }, http);
      seen(code, performance.now() - dueMs);
    });
  };
  try {
    await Promise.all([
      offer('rogue', factor * usualPerSecond, (code) => {
        rogue[code] = (rogue[code] ?? 0) + 1;
      }),
      ...Array.from({ length: others }, (_, n) =>
        offer(`tenant-${n}`, usualPerSecond, (code, tookMs) => {
          calls++;
          if (code === 'ok') took.push(tookMs);
        }),
      ),
    ]);
  } finally {
    http.destroy();
  }
  return { calls, success: took.length / calls, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99), rogue };
}
