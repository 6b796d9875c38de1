import { escaped } from './markup.js';

/** One bar. */
interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands at its end. */
  readonly text: string;
}

/** Horizontal bars, longest where most is. */
export interface BarChart {
  /** Unique on its page: names the elements that describe the chart. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly bars: readonly Bar[];
}

const width = 860;
const row = 24;
const labelWidth = 220;
const textWidth = 90;

/** The chart as SVG. */
export function barChart({ id, title, description, bars }: BarChart): string {
  const height = bars.length * row + 4;
  const most = Math.max(1e-9, ...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value, text }, index) => {
    const y = index * row + 4;
    const length = Math.max(1, (value / most) * (width - labelWidth - textWidth));
    return `<text x="${labelWidth - 8}" y="${y + 14}" text-anchor="end">${escaped(shortened(label))}</text><rect class="bar" x="${labelWidth}" y="${y + 2}" width="${length.toFixed(1)}" height="${row - 8}"/><text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 14}">${escaped(text)}</text>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>
${rows.join('\n')}
</svg>`;
}

function shortened(label: string): string {
  return label.length > 32 ? `${label.slice(0, 31)}…` : label;
}
