import { dependencies } from '../../examples/postgres/src/guards.js';
import type { Cancelled, Remains } from './cancellations.js';
import { ms, percent } from './figure-text.js';
import { type HangFigures, quickMs } from './hanging.js';
import type { NeighbourFigures } from './neighbours.js';
import type { OverloadLevel } from './overload.js';
import type { Findings } from './proofs.js';
import type { RestartFigures } from './restarts.js';
import type { StallFigures } from './stalled-pool.js';
import type { ClockFigures } from './wall-clock.js';

/** The way of an answer over nginx, on a machine that runs everything. */
const slackMs = 1_000;
const heapMayGrowBytes = 4 * 1024 * 1024;
/** Of the fleet; of the provider in one instance, as the example has it; probes are the default. */
const instances = 3;
const maxConcurrent = dependencies.payments.maxConcurrent;
const probes = 3;

/** What the figures must be. Each takes the figures of one proof and says in sentences what they are not. */
export const verdict = {
  /** At the highest load at least 90 % of the best goodput; critical calls succeed, in at most twice their usual time. */
  overload(levels: readonly OverloadLevel[]): Findings {
    const goodput = ({ ordinary, critical }: OverloadLevel) => ordinary.goodputPerSecond + critical.goodputPerSecond;
    const [unloaded, ...loaded] = levels;
    const worst = loaded.at(-1);
    if (unloaded === undefined || worst === undefined) throw new RangeError('two loads at least');
    const share = goodput(worst) / Math.max(...levels.map(goodput));
    const slower = Math.max(...loaded.map(({ critical }) => critical.p99Ms / unloaded.critical.p99Ms));
    const success = Math.min(...loaded.map(({ critical }) => critical.success));
    return findings({ levels, share, criticalSuccess: success, criticalSlower: slower }, [
      [share >= 0.9, `goodput at ${worst.factor}× is ${percent(share)} of the best`],
      [success >= 0.994, `only ${percent(success)} of critical calls succeeded`],
      [slower <= 2, `the 99th percentile of critical calls became ${slower.toFixed(2)} times as long`],
    ]);
  },
  /** The others do not notice the one who asks for fifty times as much. */
  neighbours(usual: NeighbourFigures, storm: NeighbourFigures): Findings {
    const slower = storm.p99Ms / usual.p99Ms;
    return findings({ usual, storm, slower }, [
      [slower <= 1.2, `the 99th percentile of the others became ${slower.toFixed(2)} times as long`],
      [storm.success === 1, `only ${percent(storm.success)} of the calls of the others succeeded`],
    ]);
  },
  /**
   * Every breaker opens, refuses at once and lets no more through than its probes; other tools do not notice; ten seconds after
   * the provider is back all refunds are served, and each was paid once.
   */
  hanging(figures: HangFigures): Findings {
    const { opened, quick, tookP99Ms, servedP99Ms, mostAtOnce, mostProbes, recoveredAfterMs } = figures;
    const { othersBefore, othersHanging } = figures;
    const slower = othersHanging.p99Ms / othersBefore.p99Ms;
    const success = othersHanging.success / othersBefore.success;
    return findings({ ...figures, slower }, [
      [opened === instances, `the breakers of ${opened} of ${instances} instances opened`],
      [quick >= 0.99, `only ${percent(quick)} were refused within ${quickMs} ms`],
      [tookP99Ms <= servedP99Ms, `refusing took ${ms(tookP99Ms)} (99th percentile), serving took ${ms(servedP99Ms)}`],
      [mostAtOnce <= maxConcurrent, `${mostAtOnce} requests of one instance were in flight`],
      [mostProbes > 0 && mostProbes <= probes, `${mostProbes} probes of one instance were in flight`],
      [slower <= 1.2, `the 99th percentile of other tools became ${slower.toFixed(2)} times as long`],
      [success >= 0.994, `only ${percent(success)} as many of the calls of other tools succeeded`],
      [(figures.after.ok ?? 0) > 0, 'no refund was served when the provider was back'],
      [
        recoveredAfterMs <= 10_000,
        `refunds failed until ${Math.round(recoveredAfterMs)} ms after the provider was back`,
      ],
      [figures.wrong.length === 0, figures.wrong.slice(0, 10).join('; ')],
    ]);
  },
  /** Nobody waits longer than was asked for, and all is well within five seconds. */
  stall(figures: StallFigures): Findings {
    const { calls, latestMs, recoveredAfterMs } = figures;
    return findings(figures, [
      [calls > 0, 'nobody called'],
      [latestMs <= slackMs, `an answer came ${Math.round(latestMs)} ms after its time`],
      [recoveredAfterMs <= 5_000, `calls failed until ${Math.round(recoveredAfterMs)} ms after the stall`],
    ]);
  },
  /** Nothing is left of them. */
  cancellations(cancelled: Cancelled, before: Remains, after: Remains): Findings {
    const none = ['inFlight', 'abandoned', 'leases', 'sharedLeases', 'atWork'] as const;
    const same = ['timers', 'listeners', 'sockets'] as const;
    return findings({ cancelled, before, after }, [
      ...(['2025', '2026'] as const).map((era): [boolean, string] => [
        cancelled[era] > 0,
        `${cancelled[era]} calls of ${era} were cancelled`,
      ]),
      ...none.map((what): [boolean, string] => [after[what] === 0, `${what} is ${after[what]}`]),
      ...same.map((what): [boolean, string] => [
        after[what] <= before[what],
        `${what} went from ${before[what]} to ${after[what]}`,
      ]),
      [
        after.heapBytes - before.heapBytes <= heapMayGrowBytes,
        `the heap grew by ${Math.round((after.heapBytes - before.heapBytes) / 1024)} KiB`,
      ],
    ]);
  },
  /** What fails is told so, or nothing fails where nginx is told first; each effect happens once. */
  restarts(signal: RestartFigures, announced: RestartFigures): Findings {
    const { SHUTTING_DOWN: _told, ...untold } = otherThanUndecided(signal);
    const failed = otherThanUndecided(announced);
    return findings({ signal, announced }, [
      [Object.keys(untold).length === 0, `by SIGTERM alone calls failed otherwise: ${JSON.stringify(untold)}`],
      [Object.keys(failed).length === 0, `announced, calls failed: ${JSON.stringify(failed)}`],
      ...[signal, announced].flatMap(({ lost, wrong, badExits }): [boolean, string][] => [
        [lost.length === 0, lost.slice(0, 20).join('; ')],
        [wrong.length === 0, wrong.slice(0, 10).join('; ')],
        [badExits === 0, `${badExits} instances ended with another code than 0`],
      ]),
    ]);
  },
  /** The limit is the limit, and a second is a second, whatever time of day it is. */
  clock(figures: ClockFigures): Findings {
    const { admitted, codes, deadlineMs } = figures;
    // On a busy machine Redis may not decide in its time; such a call is refused, and its charge may be taken back too late.
    const least = Math.max(1, 60 - (codes.DEPENDENCY_UNAVAILABLE ?? 0));
    return findings(figures, [
      [admitted <= 60 && admitted >= least, `${admitted} of 60 a minute were admitted`],
      [
        deadlineMs.length > 0 && deadlineMs.every((took) => took >= 990 && took <= 1_000 + slackMs),
        `a second took ${deadlineMs.map(Math.round).join(', ')} ms`,
      ],
    ]);
  },
};

/** Without the calls that were refused because Redis, on a busy machine, did not decide in its time: no restart did that. */
function otherThanUndecided({ failures, undecided }: RestartFigures): Readonly<Record<string, number>> {
  const { DEPENDENCY_UNAVAILABLE: refused = 0, ...others } = failures;
  return refused > undecided ? failures : others;
}

function findings(figures: object, rules: readonly (readonly [boolean, string])[]): Findings {
  const wrong = rules.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));
  return { held: wrong.length === 0, wrong, figures };
}
