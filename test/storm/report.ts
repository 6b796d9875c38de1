import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancelled, Remains } from './cancellations.js';
import { codes, mib, ms, percent } from './figure-text.js';
import { hangingSection } from './hanging-section.js';
import { markdownTable } from './markdown-table.js';
import type { NeighbourFigures } from './neighbours.js';
import { overloadSection } from './overload-section.js';
import { proofNames } from './proofs.js';
import type { RestartFigures } from './restarts.js';
import type { Report, Section } from './section.js';
import { cutOffSoak, soakSection } from './soak-section.js';
import type { StallFigures } from './stalled-pool.js';
import type { ClockFigures } from './wall-clock.js';

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
      parts.push(name === 'soak' ? await cutOffSoak(folder) : '');
      continue;
    }
    const report = JSON.parse(text) as Report<never>;
    parts.push(await sections[name](report, folder), footer(report));
  }
  await writeFile(join(reports, 'storm.md'), `${parts.filter((part) => part !== '').join('\n')}`);
}

function footer({ on, seconds, short = false, held, wrong }: Report<unknown>): string {
  const machine = `${on.cpus} × ${on.model}, ${Math.round(on.memoryBytes / 2 ** 30)} GiB`;
  const others =
    on.load > 1 ? `; other programs ran on it too (load average ${on.load.toFixed(1)} at the beginning)` : '';
  const verdict = held
    ? 'Held.'
    : `**Did not hold:**\n\n${wrong
        .slice(0, 20)
        .map((line) => `- ${line}`)
        .join('\n')}\n`;
  return `${verdict}\n\n${on.date.slice(0, 16).replace('T', ' ')} UTC, ${seconds} s${short ? ' (the short form)' : ''}, on ${machine}${others}.\n`;
}

const neighbours: Section<{ usual: NeighbourFigures; storm: NeighbourFigures; slower: number }> = ({
  figures: { usual, storm, slower },
}) => `## One tenant at fifty times its usual load

Six tenants, each bounded to six calls at once in the whole fleet; one of them offers fifty times as much as the others.

${markdownTable(
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

${markdownTable(
  ['calls', 'sent while it stalled', 'latest answer after its time', 'all well again after'],
  [[figures.calls, codes(figures.stalled), ms(Math.max(0, figures.latestMs)), ms(figures.recoveredAfterMs)]],
)}
Each call gave the server two seconds; a second is granted for the way. Recovery may take 5 s.
`;

const cancellations: Section<{ cancelled?: Cancelled; before: Remains; after: Remains }> = ({
  figures: { cancelled, before, after },
}) => `## Cancelled calls

Callers who go away within a fifth of a second: 2026-07-28, where that is a cancellation, and the 2025 era, where it is none and the
call ends at its own time. Both kinds had been seen before the first look.

${markdownTable(
  ['what is left in all instances', 'before', 'after'],
  [
    ...(['2026', '2025'] as const).map((era) => [
      `calls of ${era} given up in between`,
      '',
      cancelled?.[era] ?? 'not counted',
    ]),
    ['largest heap after a full collection', mib(before.heapBytes), mib(after.heapBytes)],
    ...(['timers', 'listeners', 'sockets', 'inFlight', 'abandoned', 'leases', 'sharedLeases', 'atWork'] as const).map(
      (what) => [what, before[what] ?? 'not counted', after[what] ?? 'not counted'],
    ),
  ],
)}`;

const restarts: Section<{ signal: RestartFigures; announced: RestartFigures }> = ({
  figures,
}) => `## Rolling restarts under load

Six writers, each of which repeats an operation under one key until it succeeds; the instances are restarted one after the other.

${markdownTable(
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

${markdownTable(
  ['admitted of 60 a minute', 'calls ended as', 'calls that were given 1,000 ms took'],
  [[admitted, codes(ended), deadlineMs.map(ms).join(', ')]],
)}`;

const sections: Readonly<Record<(typeof proofNames)[number], Section<never>>> = {
  overload: overloadSection,
  neighbours,
  hanging: hangingSection,
  stall,
  cancellations,
  restarts,
  clock,
  soak: soakSection,
};
