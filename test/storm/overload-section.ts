import { codes, ms, percent } from './figure-text.js';
import { markdownTable } from './markdown-table.js';
import type { OverloadLevel } from './overload.js';
import { picture } from './picture.js';
import type { Section } from './section.js';

/** What more load than can be served came to. */
export const overloadSection: Section<{
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
${markdownTable(
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
