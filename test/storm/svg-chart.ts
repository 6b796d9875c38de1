/** One curve of a chart. */
interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What is drawn. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
  /** A level that is not to be crossed. */
  readonly bound?: { readonly name: string; readonly y: number };
}

const [width, height] = [720, 320];
const [left, right, top, bottom] = [64, 150, 36, 44];
/** Told apart by people who see few colours, too. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

/**
 * A line chart as an SVG document of its own; both axes begin at 0. It stands in Markdown, so it brings its colours and its legend, which
 * the charts of `sallyport storm` get from their page.
 */
export function svgChart({ title, xLabel, yLabel, curves, bound }: Chart): string {
  const points = curves.flatMap((curve) => curve.points);
  const most = (values: readonly number[]) => Math.max(1e-9, ...values);
  const xMost = most(points.map(([x]) => x));
  const yMost = 1.1 * most([...points.map(([, y]) => y), bound?.y ?? 0]);
  const x = (value: number) => (left + ((width - left - right) * value) / xMost).toFixed(1);
  const y = (value: number) => (height - bottom - ((height - top - bottom) * value) / yMost).toFixed(1);
  const text = (at: string, content: string, more = '') => `<text ${at} ${more}>${escaped(content)}</text>`;
  const parts = [
    text(`x="${left}" y="20"`, title, 'font-weight="bold"'),
    text(`x="${(left + width - right) / 2}" y="${height - 8}"`, xLabel, 'text-anchor="middle"'),
    text(`x="14" y="${height / 2}"`, yLabel, `text-anchor="middle" transform="rotate(-90 14 ${height / 2})"`),
    ...ticks(yMost).flatMap((value) => [
      `<path d="M${left} ${y(value)}H${width - right}" stroke="#ddd"/>`,
      text(`x="${left - 6}" y="${Number(y(value)) + 4}"`, short(value), 'text-anchor="end"'),
    ]),
    ...ticks(xMost).map((value) =>
      text(`x="${x(value)}" y="${height - bottom + 16}"`, short(value), 'text-anchor="middle"'),
    ),
    ...curves.flatMap(({ name, points: own }, n) => {
      const colour = colours[n % colours.length];
      const line = own.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
      return [
        `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...own.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="2.5" fill="${colour}"/>`),
        text(`x="${width - right + 10}" y="${top + 14 + 18 * n}"`, name, `fill="${colour}"`),
      ];
    }),
  ];
  if (bound !== undefined) {
    parts.push(
      `<path d="M${left} ${y(bound.y)}H${width - right}" stroke="#666" stroke-dasharray="5 4"/>`,
      text(`x="${width - right + 10}" y="${Number(y(bound.y)) + 4}"`, bound.name, 'fill="#666"'),
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="white"/>
${parts.join('\n')}
</svg>
`;
}

/** Four to eight round numbers from 0. */
function ticks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
}

function short(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
