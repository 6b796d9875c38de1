import autocannon, { type Options } from 'autocannon';
import type { LoadJob, LoadOutcome } from './load-job.js';

// A process of its own, on a core of its own: gets a job over IPC, answers with its outcome.
async function run({ url, headers, body, answer, connections, extent }: LoadJob): Promise<LoadOutcome> {
  const event = `data: ${answer}\n`;
  const options: Options = {
    url,
    method: 'POST',
    headers: { ...headers },
    body,
    verifyBody: (got) => got === answer || (typeof got === 'string' && got.includes(event)),
    connections,
    timeout: 300,
    // It ends only when it samples.
    sampleInt: 50,
    ...('seconds' in extent ? { duration: extent.seconds } : { amount: extent.answers }),
  };
  const cpu = process.cpuUsage();
  const began = performance.now();
  let answers = 0;
  let ended = began;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error: unknown, done: autocannon.Result) =>
      error === null || error === undefined ? resolve(done) : reject(error),
    );
    instance.on('response', () => {
      answers++;
      ended = performance.now();
    });
  });
  const { user, system } = process.cpuUsage(cpu);
  return {
    answers,
    elapsedMs: ended - began,
    wrong: result.mismatches + result.non2xx + result.errors,
    busy: (user + system) / 1_000 / (performance.now() - began),
  };
}

process.on('message', (job) => {
  run(job as LoadJob).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
