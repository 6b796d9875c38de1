import { type Offer, openLoad } from './open-load.js';
import type { StormFleet } from './storm-fleet.js';
import { summaryOf } from './summary.js';

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
  const step = { tool: 'hold_connection', args: { seconds: holdMs / 1_000 } };
  const offer = async (tenant: string, perSecond: number): Promise<Offer> => {
    const who = { tenant, agent: `${tenant}-${seed}` };
    return { callers: [{ ...who, token: await fleet.issuer.mint({ ...who, plan: 'tenant' }) }], perSecond, step };
  };
  const offers = await Promise.all([
    offer('rogue', factor * usualPerSecond),
    ...Array.from({ length: others }, (_, n) => offer(`tenant-${n}`, usualPerSecond)),
  ]);
  const all = await openLoad(fleet.nginx.origin, offers, { forMs, seed });
  const { calls, codes, p50Ms, p99Ms } = summaryOf(all.filter(({ tenant }) => tenant !== 'rogue'));
  const { codes: rogue } = summaryOf(all.filter(({ tenant }) => tenant === 'rogue'));
  return { calls, success: (codes.ok ?? 0) / calls, p50Ms, p99Ms, rogue };
}
