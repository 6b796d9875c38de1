import { escaped } from './markup.js';
import { linearScale, logScale } from './scale.js';

/** A line; `undefined` where it is interrupted. */
interface Series {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

/** Lines over time. */
export interface LineChart {
  /** Unique on its page: names the elements that describe the chart. */
  readonly id: string;
  readonly title: string;
  /** What it shows, for who cannot see it. */
  readonly description: string;
  readonly series: readonly Series[];
  /** The time of a value by its index. */
  readonly time: (index: number) => string;
  readonly value: (value: number) => string;
  readonly logarithmic?: boolean;
}

const width = 860;
const height = 260;
const left = 64;
const right = 12;
const top = 10;
const bottom = 28;
const mostTimes = 10;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

/** The chart as SVG with a legend. Lines differ in colour and in how they are dashed. */
export function lineChart({ id, title, description, series, time, value, logarithmic = false }: LineChart): string {
  const all = series.flatMap(({ values }) => values).filter((one) => one !== undefined && (!logarithmic || one > 0));
  const numbers = all.filter((one) => one !== undefined);
  const scale =
    logarithmic && numbers.length > 0
      ? logScale(Math.min(...numbers), Math.max(...numbers), plotHeight)
      : linearScale(Math.max(1, ...numbers), plotHeight);
  const count = Math.max(...series.map(({ values }) => values.length));
  const x = (index: number): number => left + (count < 2 ? plotWidth / 2 : (index / (count - 1)) * plotWidth);
  const y = (of: number): number => top + plotHeight - scale.at(of);
  const grid = scale.ticks.map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${px(y(tick))}" y2="${px(y(tick))}"/>` +
      `<text x="${left - 8}" y="${px(y(tick) + 4)}" text-anchor="end">${escaped(value(tick))}</text>`,
  );
  const step = Math.max(1, Math.ceil((count - 1) / mostTimes));
  const times = Array.from({ length: Math.floor((count - 1) / step) + 1 }, (_, number) => number * step);
  const axis = times.map((index) => {
    const anchor = count > 1 && index === count - 1 ? 'end' : index === 0 && count > 1 ? 'start' : 'middle';
    return `<text x="${px(x(index))}" y="${height - 8}" text-anchor="${anchor}">${escaped(time(index))}</text>`;
  });
  const lines = series.map(
    ({ values }, index) => `<path class="line s${index}" d="${path(values.map((one, at) => point(one, at)))}"/>`,
  );
  function point(one: number | undefined, at: number): string | undefined {
    return one === undefined || (logarithmic && one <= 0) ? undefined : `${px(x(at))} ${px(y(one))}`;
  }
  const legend = series.map(
    ({ name }, index) =>
      `<li><svg width="28" height="10" aria-hidden="true"><path class="line s${index}" d="M1 5H27"/></svg>${escaped(name)}</li>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>
${[...grid, ...axis, ...lines].join('\n')}
</svg>
<ul class="legend">${legend.join('')}</ul>`;
}

/** A point alone, with nothing before and after it, is drawn as a short stroke. */
function path(points: readonly (string | undefined)[]): string {
  return points
    .map((point, index) => {
      if (point === undefined) return '';
      if (points[index - 1] !== undefined) return `L${point}`;
      return points[index + 1] === undefined ? `M${point}h.1` : `M${point}`;
    })
    .join('');
}

function px(length: number): string {
  return length.toFixed(1);
}
