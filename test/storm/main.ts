import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calledWith } from '../support/called-with.js';
import { isProof, type ProofName, proofNames, proofs } from './proofs.js';
import { writeReport } from './report.js';

const help = `The whole stack under storms: three instances of the example behind nginx, with a Redis and a Postgres of their own.

  npx pnpm@12 soak:storm [--only overload,soak] [--minutes 60] [--seed 1] [--short] [--again] [--report]

  --only     some of ${proofNames.join(', ')}; all of them otherwise
  --minutes  how long the soak takes, with a fault in each minute
  --short    the others in seconds instead of minutes, to see whether they run
  --again    runs nothing; judges again what the last soak recorded, when a judge has learned something
  --report   runs nothing; makes the page from what was found before
  --seed     of arrivals and choices
  --help     this text

What was found is written to docs/reports/storm as JSON, one file a proof, and from that the page docs/reports/storm.md with its
pictures. The soak adds a line a minute to docs/reports/storm/soak-minutes.jsonl, so that one that is cut off leaves what it saw;
SIGINT and SIGTERM end it early, and it judges what it has. Every call it made is in node_modules/.cache/storm.

Needs nginx, redis-server, a Debian Postgres and setpriv. Ends with 0 when everything held, 1 when something did not, 2 when it was
called wrongly. Progress goes to standard error.
`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const reports = join(root, 'docs/reports');
const folder = join(reports, 'storm');

const defaults = { only: proofNames.join(','), minutes: 60, seed: 1, short: false, again: false, report: false };
const { only, minutes, seed, short, again, report } = calledWith(help, defaults, (given) => {
  const unknown = given.only.split(',').filter((name) => !isProof(name));
  if (unknown.length > 0) throw new RangeError(`--only: there is no ${unknown.join(', ')}`);
  if (given.minutes < 1) throw new RangeError('--minutes must be at least 1');
});
await mkdir(folder, { recursive: true });
if (!report) {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const names = again ? (['soak'] as const) : only.split(',').filter(isProof);
  for (const name of names) {
    if (!stop.signal.aborted && !(await prove(name, stop.signal))) process.exitCode = 1;
  }
}
await writeReport(reports);

/** Where and how long a proof ran that is judged again. */
interface Before {
  readonly on?: object;
  readonly seconds?: number;
}

async function prove(name: ProofName, stopped: AbortSignal): Promise<boolean> {
  const progress = (line: string) => void process.stderr.write(`${name}: ${line}\n`);
  const minuteLines = join(folder, 'soak-minutes.jsonl');
  if (name === 'soak' && !again) await rm(minuteLines, { force: true });
  const [load = 0] = loadavg();
  const began = performance.now();
  const here = {
    date: new Date().toISOString(),
    cpus: cpus().length,
    model: cpus()[0]?.model,
    memoryBytes: totalmem(),
    load,
  };
  progress(`begins, load average ${load.toFixed(1)}`);
  const file = join(folder, `${name}.json`);
  const { on = here, seconds: took } = again ? (JSON.parse(await readFile(file, 'utf8')) as Before) : {};
  const findings = await proofs[name]({
    seed,
    minutes,
    short,
    again,
    stopped,
    progress,
    history: join(root, 'node_modules/.cache/storm'),
    onMinute: (line) => appendFile(minuteLines, `${JSON.stringify(line)}\n`),
  });
  const seconds = took ?? Math.round((performance.now() - began) / 1_000);
  await writeFile(file, `${JSON.stringify({ proof: name, on, seconds, short, ...findings }, null, 2)}\n`);
  progress(
    `${findings.held ? 'held' : 'DID NOT HOLD'} after ${seconds} s${findings.wrong.map((line) => `\n  ${line}`).join('')}`,
  );
  return findings.held;
}
