import { median } from '../support/median.js';
import { type Cell, labelOf } from './cell.js';
import type { Contender } from './contender.js';
import type { Cores } from './cores.js';
import { FreshServers } from './fresh-servers.js';
import { LoadGenerator } from './load-generator.js';
import type { Measured } from './measured.js';
import type { Options } from './options.js';
import type { QuestionKind } from './question.js';
import type { Run } from './run.js';

const kinds: readonly QuestionKind[] = ['call', 'list'];

/** Who has taken more than this of a round, on average, has no turn in the next: a slow one takes seconds for its fewest answers. */
const shareMs = 700;

/**
 * Runs every contender at every size, in turns, the sizes of one right after each other: whatever disturbs the machine for a while
 * disturbs all of them. As processes of one program differ for as long as they live, each server is several of them, one after
 * another. The first round of each warms up and does not count.
 */
export async function compare(
  contenders: readonly Contender[],
  { seconds, rounds, processes, tools }: Options,
  cores: Cores | undefined,
  progress: (round: string, label: string) => void,
): Promise<Measured[]> {
  const cells = kinds.flatMap((kind) =>
    contenders.flatMap((contender) => tools.map((count) => newCell(contender, kind, count))),
  );
  const load = new LoadGenerator(cores?.load);
  try {
    for (let process = 0; process < processes; process++) {
      const servers = new FreshServers(load, cores?.server);
      try {
        for (let round = 0; round <= rounds; round++) {
          for (const cell of cells) {
            progress(`process ${process + 1}/${processes}, round ${round}/${rounds}`, labelOf(cell));
            const hasTurn = cell.spentMs <= (process * rounds + round) * shareMs;
            const began = performance.now();
            const done = hasTurn ? await servers.run(cell, seconds) : undefined;
            if (round === 0) continue;
            cell.runs.push(done);
            cell.spentMs += performance.now() - began;
          }
        }
      } finally {
        servers.stop();
      }
    }
  } finally {
    load.stop();
  }
  return cells.map(measuredIn);
}

function newCell(contender: Contender, kind: QuestionKind, tools: number): Cell {
  return { contender, kind, tools, runs: [], spentMs: 0 };
}

function measuredIn({ contender, kind, tools, runs }: Cell): Measured {
  const done = runs.filter((one) => one !== undefined);
  const middle = (of: (run: Run) => number) => median(done.map(of));
  return {
    id: contender.id,
    kind,
    tools,
    answersPerSecond: middle((one) => one.answersPerSecond),
    cpuUsPerAnswer: middle((one) => one.cpuUsPerAnswer),
    rssMiB: middle((one) => one.rssMiB),
    loadBusy: Math.max(...done.map((one) => one.loadBusy)),
    runs: runs.map((one) => one?.answersPerSecond ?? null),
  };
}
