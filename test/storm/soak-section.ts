import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codes, mib, ms } from './figure-text.js';
import type { Fault } from './history.js';
import type { SoakFindings } from './judge-soak.js';
import { markdownTable } from './markdown-table.js';
import { picture } from './picture.js';
import type { Section } from './section.js';
import type { Summary } from './summary.js';

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

/** What a soak left that was cut off; nothing when there was none. */
export async function cutOffSoak(folder: string): Promise<string> {
  const minutes = await minutesIn(folder);
  if (minutes.length === 0) return '';
  return `## The soak

It was cut off after ${minutes.length} minutes and not judged. What it saw until then:

${await curves(folder, minutes)}`;
}

/** What the soak came to. */
export const soakSection: Section<Omit<SoakFindings, 'held' | 'violations'>> = async ({ figures }, folder) => {
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
${markdownTable(
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
