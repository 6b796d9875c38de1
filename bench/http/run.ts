import { ask } from './ask.js';
import type { LoadGenerator } from './load-generator.js';
import type { Question } from './question.js';
import type { RunningServer } from './running-server.js';

/** What one run of one server gave. */
export interface Run {
  readonly answersPerSecond: number;
  readonly cpuUsPerAnswer: number;
  readonly rssMiB: number;
  readonly loadBusy: number;
}

export const connections = 32;
const warmUpSeconds = { first: 1, later: 0.15 };

/** Warms the server up, longer for its `first` run, then measures it. Throws when any answer was not what it had to be. */
export async function run(
  server: RunningServer,
  question: Question,
  first: boolean,
  seconds: number,
  load: LoadGenerator,
  label: string,
): Promise<Run> {
  const answer = await ask(server.url, question);
  const asked = performance.now();
  await ask(server.url, question);
  const alone = (performance.now() - asked) / 1_000;
  const drive = async (forSeconds: number, atLeast: number) => {
    // A slow server would have hardly an answer to show for the time: it answers a number of requests instead.
    const extent = alone * atLeast > forSeconds ? { answers: atLeast } : { seconds: forSeconds };
    const { url } = server;
    const { headers, body } = question;
    const outcome = await load.run({ url, headers, body, answer, connections, extent });
    if (outcome.wrong > 0 || !(outcome.answers > 0)) {
      throw new Error(`${label}: ${outcome.wrong} of ${outcome.answers} answers were wrong or failed`);
    }
    return outcome;
  };
  await drive(first ? warmUpSeconds.first : warmUpSeconds.later, connections);
  const before = await server.usage();
  const { answers, elapsedMs, busy } = await drive(seconds, 2 * connections);
  const after = await server.usage();
  return {
    answersPerSecond: (answers / elapsedMs) * 1_000,
    cpuUsPerAnswer: (after.cpuUs - before.cpuUs) / answers,
    rssMiB: after.rssBytes / 2 ** 20,
    loadBusy: busy,
  };
}
