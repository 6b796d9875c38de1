import { printable } from '../printable.js';

/** Rows in columns of equal width, the first to the left, the others to the right, two spaces between. The first row is the head. */
export function textTable(raw: readonly (readonly string[])[]): string {
  const rows = raw.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
