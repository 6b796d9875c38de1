import { printable } from './printable.js';

/** Rows in columns, each as wide as its widest cell, two spaces apart. Columns that are empty in every row are left out. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  styleHead: (line: string) => string = (line) => line,
): string {
  const kept = head.flatMap((_, column) => (rows.some((row) => (row[column] ?? '') !== '') ? [column] : []));
  const cells = [head, ...rows].map((row) => kept.map((column) => printable(row[column] ?? '')));
  const widths = kept.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const [first = '', ...others] = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${[styleHead(first), ...others].join('\n')}\n`;
}
