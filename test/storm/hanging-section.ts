import { codes, ms, percent } from './figure-text.js';
import type { HangFigures } from './hanging.js';
import { markdownTable } from './markdown-table.js';
import type { Section } from './section.js';

/** What a provider that hangs came to. */
export const hangingSection: Section<HangFigures & { slower: number }> = ({ figures }) => `## A dependency that hangs

The payment provider takes every request and answers none, and pays every other refund all the same; then it is well again. Refunds
are asked for at random times, from agents that repeat nothing, beside tools that do not need it. Each instance asks it at an address of
its own. At the end every refund that was not served is repeated under its key, until it is.

${markdownTable(
  ['refunds sent', 'ended as'],
  [
    ['before', codes(figures.before)],
    ['while it hangs', codes(figures.hanging)],
    ['afterwards', codes(figures.after)],
  ],
)}
${markdownTable(
  ['', 'found', 'allowed'],
  [
    ['breakers that opened, the last of them after', `${figures.opened}, ${ms(figures.openedAfterMs)}`, '3 of 3'],
    ['requests of one instance at the provider, at most', figures.mostAtOnce, '5, its bulkhead'],
    ['the same, once its breaker was open', figures.mostProbes, '3, the probes'],
    ['refused by the breaker within 5 ms', `${percent(figures.quick)} of ${figures.refusals}`, '99 %'],
    ['99th percentile of that', `${figures.decidedP99Ms.toFixed(2)} ms`, ''],
    [
      'refused in all, p50 and p99',
      `${ms(figures.tookP50Ms)}, ${ms(figures.tookP99Ms)}`,
      `what serving took before: ${ms(figures.servedP50Ms)}, ${ms(figures.servedP99Ms)}`,
    ],
    ['p99 of other tools, before and meanwhile', others(figures, ({ p99Ms }) => ms(p99Ms)), '1.2 times as long'],
    [
      'other tools that succeeded, before and meanwhile',
      others(figures, ({ success }) => percent(success)),
      '99.4 % of before',
    ],
    ['all refunds served, after it was back', ms(figures.recoveredAfterMs), '10 s'],
    ['refunds that were paid twice, or never', figures.wrong.length, `0 of ${figures.refunds}`],
  ],
)}
A refusal is measured in the instance. Within 5 ms is from the call's arrival at the breaker to its refusal, without what the process
waited for a processor (\`/proc/self/schedstat\`): what the breaker takes, and would take if it waited for a probe. In all is from
the first layer to the answer, with what every write asks first and gives back: admission by Redis, and its key in Postgres; what it takes
is the stores', and is held against what it took to serve. A breaker counts as open from its first refusal and 5.5 s,
in which what came before it ends.
`;

function others(
  { othersBefore, othersHanging }: HangFigures,
  text: (of: HangFigures['othersBefore']) => string,
): string {
  return `${text(othersBefore)}, ${text(othersHanging)}`;
}
