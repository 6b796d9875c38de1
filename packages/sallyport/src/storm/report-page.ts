import { classRows, closedLoopNote, countColumns } from './class-rows.js';
import { countText, indexText, msText, rateText } from './figure.js';
import { barChart } from './page/bar-chart.js';
import { htmlTable } from './page/html-table.js';
import { lineChart } from './page/line-chart.js';
import { escaped } from './page/markup.js';
import { rangeChart } from './page/range-chart.js';
import { style } from './page/style.js';
import type { AgentReport, StormReport } from './report.js';

/**
 * The report as one HTML page that needs nothing else: no scripts, no fonts, no network. Charts are SVG with a title and a
 * description, each with its figures in a table; light or dark as the reader's system is.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { reportPage, type StormReport } from 'sallyport/storm';
 *
 * declare const report: StormReport;
 * await writeFile('storm.html', reportPage(report));
 * ```
 */
export function reportPage(report: StormReport): string {
  const { target, warnings, startedAt, durationMs, agents, seed } = report;
  const title = 'Agent storm';
  const parts = [
    summary(report),
    classes(report),
    answers(report),
    latency(report),
    refusals(report),
    fairness(report),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}, ${escaped(startedAt)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="soft">${escaped(`${target} · ${startedAt} · ${countText(agents.length)} agents · ${msText(durationMs)} · seed ${seed}`)}</p>
${warnings.length === 0 ? '' : `<ul class="warnings">${warnings.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul>`}
${parts.join('\n')}
</main>
</body>
</html>
`;
}

function summary({ totals, fairness: index, lateness }: StormReport): string {
  const facts: [string, string][] = [
    ['sent', countText(totals.sent)],
    ['admitted', countText(totals.admitted)],
    ['denied', countText(totals.denied)],
    ['failed or broken', countText(totals.failed + totals.broken)],
    ['goodput per second', rateText(totals.goodputPerSecond)],
    ['fairness of agents', indexText(index.agents)],
    ['sent late by, p99', msText(lateness?.p99)],
  ];
  return `<dl class="facts">${facts.map(([name, text]) => `<div><dt>${name}</dt><dd>${text}</dd></div>`).join('')}</dl>`;
}

function classes(report: StormReport): string {
  const ranges = report.classes.flatMap(({ name, arrivals, latency: of }) =>
    of === undefined ? [] : [{ ...of, label: arrivals === 'open' ? name : `${name} *` }],
  );
  const chart =
    ranges.length === 0
      ? ''
      : rangeChart({
          id: 'classes',
          title: 'Latency by class of agents',
          description: ranges
            .map(({ label, p50, p99 }) => `${label}: p50 ${msText(p50)}, p99 ${msText(p99)}`)
            .join('; '),
          ranges,
          value: msText,
        });
  return section(
    'Classes of agents',
    'From when a call was meant to be made to the end of its answer; calls that were answered with a result.',
    chart,
    htmlTable(`Classes of agents. ${closedLoopNote(report)}`, classRows(report)),
  );
}

function answers({ timeline: { slots, slotMs } }: StormReport): string {
  const each = (count: number): number => (count * 1_000) / slotMs;
  const series = [
    { name: 'answered', values: slots.map(({ ok }) => each(ok)) },
    { name: 'denied', values: slots.map(({ denied }) => each(denied)) },
    { name: 'failed or broken', values: slots.map(({ failed }) => each(failed)) },
    { name: 'given up by the agent', values: slots.map(({ cancelled }) => each(cancelled)) },
  ];
  const chart = lineChart({
    id: 'answers',
    title: 'What became of calls, per second',
    description: series.map(({ name, values }) => `${name}: ${span(values, rateText)}`).join('; '),
    series,
    time: (index) => `${(slots[index]?.fromMs ?? 0) / 1_000} s`,
    value: (value) => countText(value),
  });
  const rows = slots.map(({ fromMs, sent, ok, denied, failed, cancelled }) => [
    `${fromMs / 1_000} s`,
    ...[sent, ok, denied, failed, cancelled].map(countText),
  ]);
  const table = htmlTable(`Calls in each ${slotMs / 1_000} s`, [
    ['from', 'sent', 'answered', 'denied', 'failed or broken', 'given up'],
    ...rows,
  ]);
  return section('Over time', 'What became of calls, in each second, by when they ended.', chart, folded(table));
}

function latency({ timeline: { slots } }: StormReport): string {
  if (slots.every((slot) => slot.latency === undefined)) return '';
  const series = (['p50', 'p95', 'p99'] as const).map((name) => ({
    name,
    values: slots.map((slot) => slot.latency?.[name]),
  }));
  const chart = lineChart({
    id: 'latency',
    title: 'Latency of open loops over time',
    description: series.map(({ name, values }) => `${name}: ${span(values, msText)}`).join('; '),
    series,
    time: (index) => `${(slots[index]?.fromMs ?? 0) / 1_000} s`,
    value: msText,
    logarithmic: true,
  });
  const rows = slots.map(({ fromMs, latency: of }) => [
    `${fromMs / 1_000} s`,
    countText(of?.count ?? 0),
    ...[of?.p50, of?.p95, of?.p99, of?.max].map(msText),
  ]);
  const table = htmlTable('Latency of open loops', [['from', 'answered', 'p50', 'p95', 'p99', 'max'], ...rows]);
  return section(
    'Latency',
    'Of agents whose calls do not wait for answers, by when the call was meant to be made. The axis is logarithmic.',
    chart,
    folded(table),
  );
}

function refusals({ totals }: StormReport): string {
  const rows = [
    ...Object.entries(totals.deniedBy).map(([code, count]) => ({ kind: 'denied', code, count })),
    ...Object.entries(totals.failedBy).map(([code, count]) => ({ kind: 'failed', code, count })),
    ...Object.entries(totals.brokenBy).map(([code, count]) => ({ kind: 'broken', code, count })),
  ];
  if (rows.length === 0) return '';
  const chart = barChart({
    id: 'refusals',
    title: 'Calls that were not answered with a result, by code',
    description: rows.map(({ code, count }) => `${code}: ${countText(count)}`).join('; '),
    bars: rows.map(({ code, count }) => ({ label: code, value: count, text: countText(count) })),
  });
  const table = htmlTable('Calls by code', [
    ['code', 'what became of it', 'calls'],
    ...rows.map(({ code, kind, count }) => [code, kind, countText(count)]),
  ]);
  return section(
    'Denied and failed',
    'Codes in capitals are the server\u2019s; the others say what the storm saw on the wire.',
    chart,
    folded(table),
  );
}

const mostBars = 40;

function fairness({ agents, totals, fairness: index, tenants }: StormReport): string {
  const sorted = [...agents].sort((one, other) => other.ok - one.ok);
  const shown = sorted.length <= mostBars ? sorted : [...sorted.slice(0, mostBars / 2), ...sorted.slice(-mostBars / 2)];
  const chart = barChart({
    id: 'agents',
    title: 'Calls answered with a result, by agent',
    description: `Jain's index ${indexText(index.agents)}; most ${agentText(sorted[0])}, least ${agentText(sorted.at(-1))}`,
    bars: shown.map((agent) => ({ label: agent.name, value: agent.ok, text: countText(agent.ok) })),
  });
  const { heads, cells } = countColumns(totals);
  const table = htmlTable('Agents', [
    ['agent', 'tenant', 'caller', 'protocol', ...heads],
    ...sorted.map((one) => [one.name, one.tenant, one.subject, one.protocol, ...cells(one)]),
  ]);
  const byTenant = htmlTable(`Tenants; Jain's index ${indexText(index.tenants)}`, [
    ['tenant', 'agents', ...heads],
    ...tenants.map((one) => [one.name, countText(one.agents), ...cells(one)]),
  ]);
  const all =
    sorted.length <= mostBars ? '' : ` The ${mostBars / 2} that got most and the ${mostBars / 2} that got least.`;
  return section(
    'Fairness',
    `Jain's index is 1 when all agents got the same, and 1/n when one of n got everything.${all}`,
    chart,
    folded(table) + byTenant,
  );
}

function agentText(agent: AgentReport | undefined): string {
  return agent === undefined ? '–' : `${agent.name} with ${countText(agent.ok)}`;
}

function section(title: string, about: string, chart: string, table: string): string {
  return `<section><h2>${title}</h2><p class="soft">${escaped(about)}</p><figure>${chart}</figure>${table}</section>`;
}

function folded(table: string): string {
  return `<details><summary>The figures</summary>${table}</details>`;
}

function span(values: readonly (number | undefined)[], text: (value: number) => string): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? 'none' : `${text(Math.min(...known))} to ${text(Math.max(...known))}`;
}
