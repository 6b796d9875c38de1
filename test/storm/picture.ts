import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Chart, svgChart } from './svg-chart.js';

/** Writes the chart into the folder; returns what shows it on a page beside that folder. */
export async function picture(folder: string, name: string, chart: Chart): Promise<string> {
  await writeFile(join(folder, `${name}.svg`), svgChart(chart));
  return `![${chart.title}](storm/${name}.svg)\n`;
}
