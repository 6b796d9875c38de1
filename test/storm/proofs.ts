import { cancelMany, remainsLike, remainsOf } from './cancellations.js';
import { hangingProvider } from './hanging.js';
import { neighbours } from './neighbours.js';
import { overload } from './overload.js';
import { rollingRestarts } from './restarts.js';
import { judgeAgain, soak } from './soak.js';
import { stalledPool } from './stalled-pool.js';
import { type StormFleet, startStormFleet } from './storm-fleet.js';
import { verdict } from './verdicts.js';
import { steppedClock } from './wall-clock.js';
import { warmUp } from './warm-up.js';

/** What a proof is run with. */
export interface ProofOptions {
  readonly seed: number;
  /** Of the soak. */
  readonly minutes: number;
  readonly short: boolean;
  /** Whether the soak is not run: what the last one left in its folder is judged. */
  readonly again: boolean;
  readonly stopped: AbortSignal;
  /** The folder for the calls of the soak. */
  readonly history: string;
  readonly progress: (line: string) => void;
  readonly onMinute: (line: object) => Promise<void>;
}

/** What a proof found. */
export interface Findings {
  readonly held: boolean;
  /** What did not hold, in sentences. */
  readonly wrong: readonly string[];
  readonly figures: object;
}

const holdMs = 2_000;

async function onFleet(run: (fleet: StormFleet) => Promise<Findings>): Promise<Findings> {
  const fleet = await startStormFleet();
  try {
    await warmUp(fleet);
    return await run(fleet);
  } finally {
    await fleet.close();
  }
}

/** Each by its name, in the order in which they run. */
export const proofs = {
  overload: ({ seed, short }) =>
    onFleet(async (fleet) => {
      const factors = short ? [0.1, 1, 10] : [0.1, 1, 4, 10];
      return verdict.overload(await overload(fleet, { factors, msPerFactor: short ? 10_000 : 120_000, holdMs, seed }));
    }),
  neighbours: ({ seed, short }) =>
    onFleet(async (fleet) => {
      const each = { forMs: short ? 10_000 : 120_000, holdMs: 1_000 };
      const usual = await neighbours(fleet, { ...each, factor: 1, seed });
      return verdict.neighbours(usual, await neighbours(fleet, { ...each, factor: 50, seed: seed + 1 }));
    }),
  hanging: ({ seed, short }) =>
    onFleet(async (fleet) => {
      const phases = short
        ? { beforeMs: 5_000, hangingMs: 30_000, afterMs: 12_000 }
        : { beforeMs: 60_000, hangingMs: 60_000, afterMs: 20_000 };
      return verdict.hanging(
        await hangingProvider(fleet, { ...phases, refundsPerSecond: 12, othersPerSecond: 12, seed }),
      );
    }),
  stall: ({ seed, short }) =>
    onFleet(async (fleet) =>
      verdict.stall(
        await stalledPool(fleet, { stalledMs: short ? 5_000 : 30_000, perSecond: 20, timeoutMs: 2_000, seed }),
      ),
    ),
  cancellations: ({ seed, short, progress }) =>
    onFleet(async (fleet) => {
      const calls = short ? 200 : 10_000;
      const eras = ['2025', '2026'] as const;
      for (const era of eras) await cancelMany(fleet, { era, calls: 500, seed });
      const before = await remainsOf(fleet);
      const cancelled = { '2025': 0, '2026': 0 };
      for (const era of eras) {
        cancelled[era] = await cancelMany(fleet, { era, calls, seed });
        progress(`${cancelled[era]} of ${calls} calls of ${era} cancelled`);
      }
      return verdict.cancellations(cancelled, before, await remainsLike(before, fleet));
    }),
  restarts: ({ seed, short, progress }) =>
    onFleet(async (fleet) => {
      const restarts = short ? 3 : 100;
      return verdict.restarts(
        await rollingRestarts(fleet, { restarts, way: 'signal', seed, progress }),
        await rollingRestarts(fleet, { restarts: short ? 3 : 20, way: 'announced', seed, progress }),
      );
    }),
  clock: ({ seed }) => onFleet(async (fleet) => verdict.clock(await steppedClock(fleet, `clock-${seed}`))),
  async soak({ seed, minutes, again, stopped, history: folder, progress, onMinute }) {
    const shape = { steady: 48, greedy: 2, hogs: 2 };
    const found = again
      ? await judgeAgain({ shape, folder })
      : await soak({ minutes, shape, seed, folder, stopped, progress, onMinute });
    const { held, violations: wrong, ...figures } = found;
    return { held, wrong: wrong.slice(0, 100), figures };
  },
} satisfies Record<string, (options: ProofOptions) => Promise<Findings>>;

export type ProofName = keyof typeof proofs;

export const proofNames = Object.keys(proofs) as readonly ProofName[];

export function isProof(name: string): name is ProofName {
  return name in proofs;
}
