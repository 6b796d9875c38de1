import { contenders } from './contenders.js';
import type { Measured } from './measured.js';
import { medianRatio } from './median-ratio.js';
import type { QuestionKind } from './question.js';
import type { Report } from './report.js';

/** The report for people: for the terminal and for `bench/results`. */
export function markdown(report: Report): string {
  const { machine, versions, measured, targets } = report;
  return [
    `# bench/http, ${report.date}`,
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}. ` +
      `${report.connections} connections, ${report.processes} processes of each server, ${report.rounds} interleaved rounds of ${report.seconds} s of each, of the slowest servers ${fewestRuns(measured)} in all; medians, and of ratios those of the rounds. ` +
      (report.pinned ? 'Server and load each on a core of its own.' : 'Server and load were not bound to cores.'),
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
    'Single runs vary with the machine: only ratios within one comparison are worth quoting.',
    '',
    '## Answers per second',
    '',
    ...table(
      measured,
      ({ answersPerSecond, loadBusy }) => `${round(answersPerSecond)}${loadBusy >= saturated ? '*' : ''}`,
    ),
    '',
    '`*`: the load process used its whole core, so the server may be faster than shown.',
    '',
    '## CPU time of the server per answer, in microseconds',
    '',
    ...table(measured, ({ cpuUsPerAnswer }) => round(cpuUsPerAnswer)),
    '',
    '## Answers per second against the floor',
    '',
    ...table(measured, (one) => againstFloor(one, measured)),
    '',
    '## Memory of the server process after the run, in MiB',
    '',
    ...table(measured, ({ rssMiB }) => round(rssMiB)),
    '',
    '## Targets',
    '',
    '| ratio | target | measured | |',
    '| --- | ---: | ---: | --- |',
    ...targets.map(
      ({ what, wanted, got, met }) => `| ${what} | ≥ ${wanted} | ${got.toFixed(2)} | ${met ? 'met' : 'not met'} |`,
    ),
    '',
  ].join('\n');
}

/** From here on it was the load process that limited the rate. */
const saturated = 0.95;

function table(measured: readonly Measured[], cell: (one: Measured) => string): string[] {
  const sizes = [...new Set(measured.map(({ tools }) => tools))];
  const kinds: readonly QuestionKind[] = ['call', 'list'];
  const columns = kinds.flatMap((kind) => sizes.map((tools) => ({ kind, tools })));
  const heads = columns.map(({ kind, tools }) => `${kind}, ${tools} ${tools === 1 ? 'tool' : 'tools'}`);
  const rows = contenders
    .filter(({ id }) => measured.some((one) => one.id === id))
    .map(({ id, title }) => {
      const cells = columns.map(({ kind, tools }) => {
        const found = measured.find((one) => one.id === id && one.kind === kind && one.tools === tools);
        return found === undefined ? '' : cell(found);
      });
      return `| ${[title, ...cells].join(' | ')} |`;
    });
  return [`| ${['server', ...heads].join(' | ')} |`, `| --- |${' ---: |'.repeat(columns.length)}`, ...rows];
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function againstFloor(one: Measured, measured: readonly Measured[]): string {
  const floor = measured.find(({ id, kind, tools }) => id === 'floor' && kind === one.kind && tools === one.tools);
  const ratio = medianRatio(one, floor);
  return Number.isNaN(ratio) ? '' : ratio.toFixed(3);
}

function fewestRuns(measured: readonly Measured[]): number {
  return Math.min(...measured.map(({ runs }) => runs.filter((rate) => rate !== null).length));
}
