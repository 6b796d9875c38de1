import { median } from '../support/median.js';
import type { Contender } from './contender.js';
import type { Cores } from './cores.js';
import { LoadGenerator } from './load-generator.js';
import type { Measured } from './measured.js';
import type { Options } from './options.js';
import { type QuestionKind, question } from './question.js';
import { type Run, run } from './run.js';
import { type RunningServer, startServer } from './running-server.js';

/** As long as the tokens of our issuer. */
const unread = 'x'.repeat(486);

const kinds: readonly QuestionKind[] = ['call', 'list'];

/** Who has taken more than this of a round, on average, has no turn in the next: a slow one takes seconds for its fewest answers. */
const shareMs = 1_000;

/**
 * Runs every contender at every size, in turns, the sizes of one right after each other: whatever disturbs the machine for a while
 * disturbs all of them. A round before the first warms them up. All servers stay up; those that are not asked use nothing.
 */
export async function compare(
  contenders: readonly Contender[],
  { seconds, rounds, tools }: Options,
  cores: Cores | undefined,
  progress: (line: string) => void,
): Promise<Measured[]> {
  const load = new LoadGenerator(cores?.load);
  const servers = new Map<string, RunningServer>();
  const runs = new Map<string, (Run | undefined)[]>();
  const spentMs = new Map<string, number>();
  const plan = kinds.flatMap((kind) =>
    contenders.flatMap((contender) => tools.map((count) => ({ kind, contender, count }))),
  );
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [step, { count, kind, contender }] of plan.entries()) {
        const label = `${contender.id}, ${kind}, ${count} tools`;
        const own = runs.get(label) ?? [];
        const spent = spentMs.get(label) ?? 0;
        runs.set(label, own);
        if (spent > round * shareMs) {
          own.push(undefined);
          continue;
        }
        progress(`round ${round}/${rounds}, ${step + 1}/${plan.length}: ${label}`);
        const key = `${contender.id} ${count}`;
        const server = servers.get(key) ?? (await startServer(contender, count, cores?.server));
        servers.set(key, server);
        const token = server.token ?? (contender.sentToken === true ? unread : undefined);
        const asked = question(kind, contender.era, count, token);
        const began = performance.now();
        const done = await run(server, asked, round === 0, seconds, load, label);
        if (round === 0) continue;
        own.push(done);
        spentMs.set(label, spent + performance.now() - began);
      }
    }
  } finally {
    load.stop();
    for (const server of servers.values()) server.stop();
  }
  return plan.map(({ count, kind, contender }) => {
    const own = runs.get(`${contender.id}, ${kind}, ${count} tools`) ?? [];
    const done = own.filter((one) => one !== undefined);
    const middle = (of: (run: Run) => number) => median(done.map(of));
    return {
      id: contender.id,
      kind,
      tools: count,
      answersPerSecond: middle((one) => one.answersPerSecond),
      cpuUsPerAnswer: middle((one) => one.cpuUsPerAnswer),
      rssMiB: middle((one) => one.rssMiB),
      loadBusy: Math.max(...done.map((one) => one.loadBusy)),
      runs: own.map((one) => one?.answersPerSecond ?? null),
    };
  });
}
