import { classRows, closedLoopNote, countColumns } from './class-rows.js';
import type { ByCode } from './counts.js';
import { countText, indexText, msText } from './figure.js';
import type { StormReport } from './report.js';
import { textTable } from './text-table.js';

/**
 * The report as text for a terminal: a row for each class of agents, then what was refused by its code, and what to mind.
 *
 * @example
 * ```ts
 * import { reportTable, type StormReport } from 'sallyport/storm';
 *
 * declare const report: StormReport;
 * process.stdout.write(reportTable(report));
 * ```
 */
export function reportTable(report: StormReport): string {
  const { target, seed, durationMs, agents, totals, lateness, warnings } = report;
  const note = closedLoopNote(report);
  return [
    `${target}: storm of ${countText(agents.length)} agents for ${msText(durationMs)}, seed ${seed}; sent at most ${msText(lateness?.p99)} late (p99)\n\n`,
    textTable(classRows(report)),
    note === '' ? '' : `${note}\n`,
    tenantTable(report),
    codeTable('denied', totals.deniedBy),
    codeTable('failed', totals.failedBy),
    codeTable('broken', totals.brokenBy),
    ...warnings.map((warning, index) => `${index === 0 ? '\n' : ''}! ${warning}\n`),
  ].join('');
}

function tenantTable({ tenants, totals, fairness }: StormReport): string {
  if (tenants.length < 2) return '';
  const { heads, cells } = countColumns(totals);
  const rows = tenants.map((one) => [one.name, countText(one.agents), ...cells(one)]);
  return `\n${textTable([['tenant', 'agents', ...heads], ...rows])}fairness between tenants ${indexText(fairness.tenants)}\n`;
}

function codeTable(kind: string, byCode: ByCode): string {
  const rows = Object.entries(byCode).map(([code, count]) => [code, countText(count)]);
  return rows.length === 0 ? '' : `\n${textTable([[kind, 'calls'], ...rows])}`;
}
