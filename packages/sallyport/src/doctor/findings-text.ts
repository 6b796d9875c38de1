import { printable } from '../printable.js';
import type { Terminal } from '../terminal.js';
import type { Finding, Level } from './finding.js';

const order: readonly Level[] = ['error', 'unchecked', 'warning', 'ok'];
const styles = { error: 'red', unchecked: 'magenta', warning: 'yellow', ok: 'green' } as const;
const words = { error: 'FIX', unchecked: 'NOT CHECKED', warning: 'unwise', ok: 'ok' } as const;

/** The findings one below the other, what must be fixed first, and how many there are of each kind. */
export function findingsText(findings: readonly Finding[], { style }: Pick<Terminal, 'style'>): string {
  const width = Math.max(...Object.values(words).map((word) => word.length));
  const lines = order.flatMap((level) =>
    findings
      .filter((finding) => finding.level === level)
      .flatMap(({ subject, what, fix }) => [
        `${style(styles[level], words[level].padEnd(width))}  ${subject}: ${printable(what)}`,
        ...(fix === undefined ? [] : [`${''.padEnd(width)}  -> ${printable(fix)}`]),
      ]),
  );
  const counts = order.map((level) => `${findings.filter((one) => one.level === level).length} ${level}`);
  return `${[...lines, '', counts.join(', ')].join('\n')}\n`;
}
