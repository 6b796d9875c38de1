import { countText, indexText, msText, rateText } from './figure.js';
import type { Figures, StormReport } from './report.js';

type Column = readonly [head: string, always: boolean, of: (figures: Figures) => number];

const columns: readonly Column[] = [
  ['sent', true, ({ sent }) => sent],
  ['admitted', true, ({ admitted }) => admitted],
  ['ok', true, ({ ok }) => ok],
  ['denied', true, ({ denied }) => denied],
  ['failed', false, ({ failed }) => failed],
  ['broken', false, ({ broken }) => broken],
  ['cancelled', false, ({ cancelled }) => cancelled],
  ['unfinished', false, ({ unfinished }) => unfinished],
  ['held back', false, ({ heldBack }) => heldBack],
  ['unsent', false, ({ unsent }) => unsent],
];

/** The columns of counts that say something in this report: the first four, and those that are not 0 everywhere. */
export function countColumns(totals: Figures): { heads: string[]; cells: (figures: Figures) => string[] } {
  const shown = columns.filter(([, always, of]) => always || of(totals) > 0);
  return {
    heads: [...shown.map(([head]) => head), 'goodput/s'],
    cells: (figures) => [...shown.map(([, , of]) => countText(of(figures))), rateText(figures.goodputPerSecond)],
  };
}

/** The table of classes with its head and its last row, all agents together. A closed loop has a star. */
export function classRows({ classes, totals, agents, fairness }: StormReport): string[][] {
  const { heads, cells } = countColumns(totals);
  return [
    ['class', 'agents', ...heads, 'p50', 'p95', 'p99', 'fairness'],
    ...classes.map((one) => [
      one.arrivals === 'open' ? one.name : `${one.name} *`,
      countText(one.agents),
      ...cells(one),
      msText(one.latency?.p50),
      msText(one.latency?.p95),
      msText(one.latency?.p99),
      indexText(one.fairness),
    ]),
    ['all', countText(agents.length), ...cells(totals), '', '', '', indexText(fairness.agents)],
  ];
}

/** What the star means; empty when there is none. */
export function closedLoopNote({ classes }: StormReport): string {
  return classes.some(({ arrivals }) => arrivals === 'closed')
    ? '* waits for each answer before the next call, so its latencies leave out the calls that slow answers kept it from making.'
    : '';
}
