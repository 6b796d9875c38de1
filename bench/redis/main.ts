import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Machine, machine } from '../support/machine.js';
import { program } from '../support/program.js';
import { wholeNumber } from '../support/whole-number.js';
import { contenders } from './contenders.js';
import { type Accuracy, measureAccuracy } from './measure-accuracy.js';
import { measureSpeed, roundTrips, type Speed } from './measure-speed.js';
import { ownRedis } from './own-redis.js';

const help = `Compares limiters on Redis: decisions a second and latency, and what each lets through of the same trace.

  --seconds N   each run lasts so long (default 4)
  --rounds N    runs of each limiter at each concurrency, in turns; the table shows medians (default 5)
  --trace N     length of the trace for accuracy, in seconds (default 60)
  --keep        write the result to bench/results
  --json        the results as JSON on standard output instead of the table
  --help        this text
`;

interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly seconds: number;
  readonly speed: readonly Speed[];
  readonly trips: Readonly<Record<string, number>>;
  readonly accuracy: readonly Accuracy[];
}

await program(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '5' },
      trace: { type: 'string', default: '60' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const [seconds, rounds, trace] = (['seconds', 'rounds', 'trace'] as const).map((name) =>
    wholeNumber(name, values[name]),
  ) as [number, number, number];
  const server = await ownRedis();
  try {
    const progress = (line: string) => {
      if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
    };
    const report: Report = {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      versions: await versions(),
      rounds,
      seconds,
      speed: await measureSpeed(server.url, [1, 32, 256], rounds, seconds, progress),
      trips: await roundTrips(server.url),
      accuracy: await measureAccuracy(server.url, trace),
    };
    const json = `${JSON.stringify(report, undefined, 2)}\n`;
    process.stdout.write(values.json ? json : markdown(report));
    if (!values.keep) return;
    const file = join(import.meta.dirname, `../results/redis-${report.date}`);
    await mkdir(join(import.meta.dirname, '../results'), { recursive: true });
    await writeFile(`${file}.json`, json);
    await writeFile(`${file}.md`, markdown(report));
  } finally {
    await server.stop();
  }
});

async function versions(): Promise<Record<string, string>> {
  const read = async (name: string) => {
    const file = join(import.meta.dirname, '../node_modules', name, 'package.json');
    return [name, (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version] as const;
  };
  return Object.fromEntries(await Promise.all(['ioredis', 'rate-limiter-flexible', '@upstash/ratelimit'].map(read)));
}

function markdown({ date, machine, versions, rounds, seconds, speed, trips, accuracy }: Report): string {
  const title = (id: string) => contenders.find((contender) => contender.id === id)?.title ?? id;
  const fixed = (value: number, digits: number) => value.toFixed(digits);
  return [
    `# bench/redis, ${date}`,
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}, one Redis on the same machine. ` +
      `Two windows a decision; ${rounds} interleaved rounds of ${seconds} s; medians.`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
    'Rates vary with whatever else the machine does, CPU times much less; only ratios within one comparison are worth quoting.',
    '',
    '## Speed: nothing is refused',
    '',
    '| limiter | concurrency | decisions/s | p50 ms | p99 ms | client CPU µs | Redis CPU µs | commands |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...speed.map(
      (one) =>
        `| ${title(one.id)} | ${one.concurrency} | ${fixed(one.perSecond, 0)} | ${fixed(one.p50Ms, 2)} | ${fixed(one.p99Ms, 2)} | ` +
        `${fixed(one.clientUs, 0)} | ${fixed(one.serverUs, 0)} | ${trips[one.id]} |`,
    ),
    '',
    '## Accuracy: the same calls at the same times, 100 in 2 s and 300 in 10 s',
    '',
    '| limiter | admitted | of | fullest rolling 2 s, of its limit | fullest rolling 10 s, of its limit |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...accuracy.map(
      (one) =>
        `| ${title(one.id)} | ${one.admitted} | ${one.asked} | ${fixed(one.worstShort, 2)} | ${fixed(one.worstLong, 2)} |`,
    ),
    '',
    'Over 1.00 the limit did not hold.',
    '',
  ].join('\n');
}
