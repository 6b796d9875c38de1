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

/** Who has taken longer than a run and this in each round, on average, has no turn in the next: a slow one takes seconds for its fewest answers. */
const allowedMs = 400;

/**
 * Runs every contender at every size, in turns, the sizes of one right after each other: whatever disturbs the machine for a while
 * disturbs all of them. As processes of one program differ for as long as they live, each server is several of them, one after
 * another, and others for each kind of question: right after many long lists calls were measured at a quarter of their rate.
 */
export async function compare(
  contenders: readonly Contender[],
  { seconds, rounds, processes, tools }: Options,
  cores: Cores | undefined,
  progress: (round: string, label: string) => void,
): Promise<Measured[]> {
  const load = new LoadGenerator(cores?.load);
  const measured: Measured[] = [];
  try {
    for (const kind of kinds) {
      const cells = contenders.flatMap((contender) => tools.map((count) => newCell(contender, kind, count)));
      for (let nth = 1; nth <= processes; nth++) {
        const servers = new FreshServers(load, cores?.server);
        const turn = (what: string, cell: Cell) =>
          progress(`${kind}, process ${nth}/${processes}, ${what}`, labelOf(cell));
        try {
          await inTurns(cells, servers, rounds, seconds, turn);
        } finally {
          servers.stop();
        }
      }
      measured.push(...cells.map(measuredIn));
    }
  } finally {
    load.stop();
  }
  return measured;
}

/** Warms up a process for each server, and then asks all of them in turns, so many times over. */
async function inTurns(
  cells: readonly Cell[],
  servers: FreshServers,
  rounds: number,
  seconds: number,
  turn: (what: string, cell: Cell) => void,
): Promise<void> {
  for (const cell of cells) {
    turn('warm-up', cell);
    await servers.warmUp(cell);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const cell of cells) {
      if (hasHadItsShare(cell, seconds)) {
        cell.runs.push(undefined);
        continue;
      }
      turn(`round ${round}/${rounds}`, cell);
      const began = performance.now();
      cell.runs.push(await servers.run(cell, seconds));
      cell.spentMs += performance.now() - began;
    }
  }
}

function hasHadItsShare({ spentMs, runs }: Cell, seconds: number): boolean {
  return spentMs > (runs.length + 1) * (seconds * 1_000 + allowedMs);
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
    loadBusy: middle((one) => one.loadBusy),
    runs: runs.map((one) => one?.answersPerSecond ?? null),
  };
}
