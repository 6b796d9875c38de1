import { escaped } from './markup.js';
import { logScale } from './scale.js';

/** One row: the median, and two percentiles above it. All positive. */
interface Range {
  readonly label: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Ranges on one logarithmic axis. */
export interface RangeChart {
  /** Unique on its page: names the elements that describe the chart. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly ranges: readonly Range[];
  readonly value: (value: number) => string;
}

const width = 860;
const row = 30;
const left = 140;
const right = 24;
const bottom = 24;

/** The chart as SVG, with a legend: a dot at the median, a ring at p95, a stroke at p99. */
export function rangeChart({ id, title, description, ranges, value }: RangeChart): string {
  const height = ranges.length * row + bottom + 6;
  const all = ranges.flatMap(({ p50, p95, p99 }) => [p50, p95, p99]);
  const scale = logScale(Math.min(...all), Math.max(...all), width - left - right);
  const x = (of: number): string => (left + scale.at(of)).toFixed(1);
  const grid = scale.ticks.map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="4" y2="${height - bottom}"/><text x="${x(tick)}" y="${height - 6}" text-anchor="middle">${escaped(value(tick))}</text>`,
  );
  const rows = ranges.map(({ label, p50, p95, p99 }, index) => {
    const y = index * row + row / 2 + 6;
    return `<text x="${left - 10}" y="${y + 4}" text-anchor="end">${escaped(label)}</text>
<line class="range" x1="${x(p50)}" x2="${x(p99)}" y1="${y}" y2="${y}"/>
<circle class="median" cx="${x(p50)}" cy="${y}" r="5"/><circle class="ring" cx="${x(p95)}" cy="${y}" r="4.5"/>
<line class="end" x1="${x(p99)}" x2="${x(p99)}" y1="${y - 7}" y2="${y + 7}"/>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>
${[...grid, ...rows].join('\n')}
</svg>
<ul class="legend">
<li><svg width="14" height="14" aria-hidden="true"><circle class="median" cx="7" cy="7" r="5"/></svg>p50</li>
<li><svg width="14" height="14" aria-hidden="true"><circle class="ring" cx="7" cy="7" r="4.5"/></svg>p95</li>
<li><svg width="14" height="14" aria-hidden="true"><line class="end" x1="7" x2="7" y1="0" y2="14"/></svg>p99</li>
</ul>`;
}
