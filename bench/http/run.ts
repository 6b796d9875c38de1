import { ask } from './ask.js';
import type { LoadGenerator } from './load-generator.js';
import type { LoadJob } from './load-job.js';
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
const warmUpSeconds = { process: 4, run: 0.15 };

/** Has a process that was just started answer for four seconds. Resolves to its rate, in answers per second. */
export async function warmUp(
  server: RunningServer,
  question: Question,
  load: LoadGenerator,
  label: string,
): Promise<number> {
  const answer = await ask(server.url, question);
  const alone = Math.min(await secondsOf(server, question), await secondsOf(server, question));
  // The slowest would have none to show for it.
  const isSlow = alone * connections > warmUpSeconds.process;
  const extent = isSlow ? { answers: connections } : { seconds: warmUpSeconds.process };
  const { answers, elapsedMs } = await drive(server, question, answer, extent, load, label);
  // What was asked and no longer waited for when the time was over is done before this is.
  await ask(server.url, question);
  return (answers / elapsedMs) * 1_000;
}

/**
 * Measures a process that is warm, over as many answers as it gives in these seconds at this rate, and 64 at least: none is asked for that
 * does not count. Throws when any was not what it had to be.
 */
export async function run(
  server: RunningServer,
  question: Question,
  rate: number,
  seconds: number,
  load: LoadGenerator,
  label: string,
): Promise<Run> {
  const answer = await ask(server.url, question);
  const driveFor = (time: number, atLeast: number) => {
    const extent = { answers: Math.max(atLeast, Math.round(rate * time)) };
    return drive(server, question, answer, extent, load, label);
  };
  await driveFor(warmUpSeconds.run, connections);
  const before = await server.usage();
  const { answers, elapsedMs, busy } = await driveFor(seconds, 2 * connections);
  const after = await server.usage();
  return {
    answersPerSecond: (answers / elapsedMs) * 1_000,
    cpuUsPerAnswer: (after.cpuUs - before.cpuUs) / answers,
    rssMiB: after.rssBytes / 2 ** 20,
    loadBusy: busy,
  };
}

async function drive(
  { url }: RunningServer,
  { headers, body }: Question,
  answer: string,
  extent: LoadJob['extent'],
  load: LoadGenerator,
  label: string,
) {
  const outcome = await load.run({ url, headers, body, answer, connections, extent });
  if (outcome.wrong > 0 || !(outcome.answers > 0)) {
    throw new Error(`${label}: ${outcome.wrong} of ${outcome.answers} answers were wrong or failed`);
  }
  return outcome;
}

async function secondsOf({ url }: RunningServer, question: Question): Promise<number> {
  const began = performance.now();
  await ask(url, question);
  return (performance.now() - began) / 1_000;
}
