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

/**
 * Runs every contender at every size, in turns: whatever disturbs the machine for a while disturbs all of them. All servers
 * stay up; those that are not asked use nothing.
 */
export async function compare(
  contenders: readonly Contender[],
  { seconds, rounds, tools }: Options,
  cores: Cores | undefined,
  progress: (line: string) => void,
): Promise<Measured[]> {
  const load = new LoadGenerator(cores?.load);
  const servers = new Map<string, RunningServer>();
  const runs = new Map<string, Run[]>();
  const plan = tools.flatMap((count) =>
    kinds.flatMap((kind) => contenders.map((contender) => ({ count, kind, contender }))),
  );
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const [step, { count, kind, contender }] of plan.entries()) {
        const label = `${contender.id}, ${kind}, ${count} tools`;
        progress(`round ${round}/${rounds}, ${step + 1}/${plan.length}: ${label}`);
        const key = `${contender.id} ${count}`;
        const server = servers.get(key) ?? (await startServer(contender, count, cores?.server));
        servers.set(key, server);
        const token = server.token ?? (contender.sentToken === true ? unread : undefined);
        const asked = question(kind, contender.era, count, token);
        const done = await run(server, asked, seconds, load, label);
        runs.set(label, [...(runs.get(label) ?? []), done]);
      }
    }
  } finally {
    load.stop();
    for (const server of servers.values()) server.stop();
  }
  return plan.map(({ count, kind, contender }) => {
    const own = runs.get(`${contender.id}, ${kind}, ${count} tools`) ?? [];
    const middle = (of: (run: Run) => number) => median(own.map(of));
    return {
      id: contender.id,
      kind,
      tools: count,
      answersPerSecond: middle((one) => one.answersPerSecond),
      cpuUsPerAnswer: middle((one) => one.cpuUsPerAnswer),
      rssMiB: middle((one) => one.rssMiB),
      loadBusy: Math.max(...own.map((one) => one.loadBusy)),
      runs: own.map((one) => one.answersPerSecond),
    };
  });
}
