import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Remains } from './cancellations.js';
import type { Fault } from './history.js';
import type { SoakFindings } from './judge-soak.js';
import type { NeighbourFigures } from './neighbours.js';
import type { OverloadLevel } from './overload.js';
import { proofNames } from './proofs.js';
import type { RestartFigures } from './restarts.js';
import type { StallFigures } from './stalled-pool.js';
import type { Summary } from './summary.js';
import { svgChart } from './svg-chart.js';
import type { ClockFigures } from './wall-clock.js';

/** What a proof left, with the machine it ran on. */
interface Report<Figures> {
  readonly on: {
    readonly date: string;
    readonly cpus: number;
    readonly model: string;
    readonly memoryBytes: number;
    readonly load: number;
  };
  readonly seconds: number;
  readonly held: boolean;
  readonly wrong: readonly string[];
  readonly figures: Figures;
}

type Section<Figures> = (report: Report<Figures>, folder: string) => Promise<string> | string;

const introduction = `# Storms

Made by \`npx pnpm@12 soak:storm\`; do not edit. Three instances of the example behind its nginx, with a Redis and a Postgres of their
own, on one machine that also makes the load. The [program](../../test/storm) is what is measured; each figure is in
[\`storm/\`](storm) as JSON. A proof that did not hold says so here.
`;

/** Makes \`storm.md\` and its pictures in the folder, from what the proofs left in \`storm/\`. */
export async function writeReport(reports: string): Promise<void> {
  const folder = join(reports, 'storm');
  const parts = [introduction];
  for (const name of proofNames) {
    const text = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined);
    if (text === undefined) {
      parts.push(name === 'soak' ? await cutOff(folder) : '');
      continue;
    }
    const report = JSON.parse(text) as Report<never>;
    parts.push(await sections[name](report, folder), footer(report));
  }
  await writeFile(join(reports, 'storm.md'), `${parts.filter((part) => part !== '').join('\n')}`);
}

function footer({ on, seconds, held, wrong }: Report<unknown>): string {
  const machine = `${on.cpus} × ${on.model}, ${Math.round(on.memoryBytes / 2 ** 30)} GiB`;
  const others =
    on.load > 1 ? `; other programs ran on it too (load average ${on.load.toFixed(1)} at the beginning)` : '';
  const verdict = held
    ? 'Held.'
    : `**Did not hold:**\n\n${wrong
        .slice(0, 20)
        .map((line) => `- ${line}`)
        .join('\n')}\n`;
  return `${verdict}\n\n${on.date.slice(0, 16).replace('T', ' ')} UTC, ${seconds} s, on ${machine}${others}.\n`;
}

const ms = (value: number) => `${Math.round(value)} ms`;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const codes = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ') || 'none';
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

async function picture(folder: string, name: string, chart: Parameters<typeof svgChart>[0]): Promise<string> {
  await writeFile(join(folder, `${name}.svg`), svgChart(chart));
  return `![${chart.title}](storm/${name}.svg)\n`;
}

const overload: Section<{
  levels: OverloadLevel[];
  share: number;
  criticalSuccess: number;
  criticalSlower: number;
}> = async ({ figures: { levels, share, criticalSuccess, criticalSlower } }, folder) => {
  const goodput = ({ ordinary, critical }: OverloadLevel) => ordinary.goodputPerSecond + critical.goodputPerSecond;
  const unloaded = levels[0]?.critical.p99Ms ?? 0;
  return `## Overload

Each call keeps one of the fleet's thirty database connections for two seconds: 15 a second can be served. 1× to
10× of that is offered, at random intervals that wait for nobody; of it, critical calls are a constant tenth of what can be
served. What is scarce here is the database, not the processor: this does not measure how many refusals a second an instance can make.

${await picture(folder, 'goodput', {
  title: 'Goodput under overload',
  xLabel: 'offered load, multiples of what can be served',
  yLabel: 'calls served a second',
  curves: [
    { name: 'all', points: levels.map((level) => [level.factor, goodput(level)]) },
    { name: 'critical', points: levels.map(({ factor, critical }) => [factor, critical.goodputPerSecond]) },
  ],
})}
${await picture(folder, 'overload-latency', {
  title: 'Latency under overload, 99th percentile of what was served',
  xLabel: 'offered load, multiples of what can be served',
  yLabel: 'milliseconds',
  curves: [
    { name: 'critical', points: levels.map(({ factor, critical }) => [factor, critical.p99Ms]) },
    {
      name: 'ordinary',
      points: levels
        .filter(({ ordinary }) => ordinary.p99Ms > 0)
        .map(({ factor, ordinary }) => [factor, ordinary.p99Ms]),
    },
  ],
  bound: { name: 'twice the unloaded', y: 2 * unloaded },
})}
${table(
  ['load', 'offered /s', 'served /s', 'critical served', 'critical p50', 'critical p99', 'ordinary calls ended as'],
  levels.map((level) => [
    `${level.factor}×`,
    (level.ordinary.offeredPerSecond + level.critical.offeredPerSecond).toFixed(1),
    goodput(level).toFixed(1),
    percent(level.critical.success),
    ms(level.critical.p50Ms),
    ms(level.critical.p99Ms),
    codes(level.ordinary.codes),
  ]),
)}
At the highest load goodput is ${percent(share)} of the best (at least 90 %). Of critical calls ${percent(criticalSuccess)} succeeded at
any load (at least 99.4 %); their 99th percentile is at most ${criticalSlower.toFixed(2)} times the unloaded one (at most 2).
`;
};

const neighbours: Section<{ usual: NeighbourFigures; storm: NeighbourFigures; slower: number }> = ({
  figures: { usual, storm, slower },
}) => `## One tenant at fifty times its usual load

Six tenants, each bounded to six calls at once in the whole fleet; one of them offers fifty times as much as the others.

${table(
  ['the others, while it', 'calls', 'succeeded', 'p50', 'p99', 'what it got'],
  [
    ['behaves', usual.calls, percent(usual.success), ms(usual.p50Ms), ms(usual.p99Ms), codes(usual.rogue)],
    ['storms', storm.calls, percent(storm.success), ms(storm.p50Ms), ms(storm.p99Ms), codes(storm.rogue)],
  ],
)}
Their 99th percentile is ${slower.toFixed(2)} times the usual one (at most 1.2).
`;

const stall: Section<StallFigures> = ({ figures }) => `## The database says nothing

The wire between the instances and Postgres stalls under every connection of every pool, then goes on.

${table(
  ['calls', 'sent while it stalled', 'latest answer after its time', 'all well again after'],
  [[figures.calls, codes(figures.stalled), ms(Math.max(0, figures.latestMs)), ms(figures.recoveredAfterMs)]],
)}
Each call gave the server two seconds; a second is granted for the way. Recovery may take 5 s.
`;

const cancellations: Section<{ before: Remains; after: Remains }> = ({
  figures: { before, after },
}) => `## Cancelled calls

Callers who go away within a fifth of a second: 2026-07-28, where that is a cancellation, and the 2025 era, where it is none and the
call ends at its own time. Both kinds had been seen before the first look.

${table(
  ['what is left in all instances', 'before', 'after'],
  [
    ['largest heap after a full collection', mib(before.heapBytes), mib(after.heapBytes)],
    ...(['timers', 'sockets', 'inFlight', 'abandoned', 'leases', 'sharedLeases', 'atWork'] as const).map((what) => [
      what,
      before[what],
      after[what],
    ]),
  ],
)}`;

const restarts: Section<{ signal: RestartFigures; announced: RestartFigures }> = ({
  figures,
}) => `## Rolling restarts under load

Six writers, each of which repeats an operation under one key until it succeeds; the instances are restarted one after the other.

${table(
  [
    'restarted',
    'restarts',
    'effects',
    'failed calls',
    'of them not decided by Redis in 100 ms',
    'wrong effects',
    'bad exit codes',
  ],
  Object.entries({ 'by SIGTERM alone': figures.signal, 'each taken out of nginx first': figures.announced }).map(
    ([way, { restarts: count, effects, failures, undecided, wrong, badExits }]) => [
      way,
      count,
      effects,
      codes(failures),
      undecided ?? 'not counted',
      wrong.length,
      badExits,
    ],
  ),
)}`;

const clock: Section<ClockFigures> = ({ figures: { admitted, codes: ended, deadlineMs } }) => `## The time of day jumps

While one agent hammers, the wall clock of every instance goes an hour ahead, an hour back, and right again.

${table(
  ['admitted of 60 a minute', 'calls ended as', 'calls that were given 1,000 ms took'],
  [[admitted, codes(ended), deadlineMs.map(ms).join(', ')]],
)}`;

/** One line of \`soak-minutes.jsonl\`. */
interface Minute extends Summary {
  readonly minute: number;
  readonly fault: Fault;
  readonly undecided: number;
  readonly doubled: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

async function minutesIn(folder: string): Promise<Minute[]> {
  const text = await readFile(join(folder, 'soak-minutes.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Minute);
}

async function curves(folder: string, minutes: readonly Minute[]): Promise<string> {
  const at = (of: (minute: Minute) => number) => minutes.map((each): [number, number] => [each.minute + 1, of(each)]);
  const memory = await picture(folder, 'soak-memory', {
    title: 'Memory of the instance that is never restarted',
    xLabel: 'minute',
    yLabel: 'MiB',
    curves: [
      { name: 'resident', points: at(({ rssBytes }) => rssBytes / 2 ** 20) },
      { name: 'heap, collected', points: at(({ heapBytes }) => heapBytes / 2 ** 20) },
    ],
  });
  const calls = await picture(folder, 'soak-calls', {
    title: 'Calls in each minute',
    xLabel: 'minute',
    yLabel: 'calls',
    curves: [
      { name: 'served', points: at((each) => each.codes.ok ?? 0) },
      { name: 'rate limited', points: at((each) => each.codes.RATE_LIMITED ?? 0) },
      {
        name: 'otherwise failed',
        points: at((each) => each.calls - (each.codes.ok ?? 0) - (each.codes.RATE_LIMITED ?? 0)),
      },
    ],
  });
  return `${memory}\n${calls}`;
}

async function cutOff(folder: string): Promise<string> {
  const minutes = await minutesIn(folder);
  if (minutes.length === 0) return '';
  return `## The soak

It was cut off after ${minutes.length} minutes and not judged. What it saw until then:

${await curves(folder, minutes)}`;
}

const soak: Section<Omit<SoakFindings, 'held' | 'violations'>> = async ({ figures }, folder) => {
  const { summary, recoveries, effects, refunds, undecided, calmFailures, heap, rss } = figures;
  const kinds = [...new Set(recoveries.map(({ kind }) => kind))];
  return `## The soak

Sixteen well-behaved agents, two that hammer, two that ask for eight slow reports at once, and two that watch with a call every
quarter of a second; two tenants, both protocol eras. In every minute something is taken away. Every call is recorded, and judged at
the end: no operation happened twice or was answered and did not happen, no answer holds a row of another tenant, no agent had
more than its 60 calls in any rolling minute or more than five at once, no answer came later than its caller's time and a second,
after each fault the watchers were well again within 10 s, and the heap does not grow.

${summary.calls} calls: ${codes(summary.codes)}. ${effects} invoices and ${refunds} refunds were made. On ${undecided} calls Redis did not
decide in its time (100 ms); reads were then decided by their instance, as [choosing limits](../choosing-limits.md) says, and the judge
allows the double there. Of the watchers' calls ${calmFailures} failed outside of faults. The line through the heap rises by
${mib(heap.bytesPerHour)} an hour, that through the resident memory by ${mib(rss.bytesPerHour)}.

${await curves(folder, await minutesIn(folder))}
${table(
  ['what was taken away', 'times', "watchers' calls that failed", 'well again after, at most'],
  kinds.map((kind) => {
    const own = recoveries.filter((each) => each.kind === kind);
    const failures: Record<string, number> = {};
    for (const each of own) {
      for (const [code, count] of Object.entries(each.failures)) failures[code] = (failures[code] ?? 0) + count;
    }
    const worst = Math.max(...own.map(({ recoveredAfterMs }) => recoveredAfterMs ?? Number.POSITIVE_INFINITY));
    return [kind, own.length, codes(failures), ms(worst)];
  }),
)}`;
};

const sections: Readonly<Record<(typeof proofNames)[number], Section<never>>> = {
  overload,
  neighbours,
  stall,
  cancellations,
  restarts,
  clock,
  soak,
};
