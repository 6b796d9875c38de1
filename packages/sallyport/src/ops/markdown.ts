import { plainText } from './owners.js';

/** What each page begins with. */
export const writtenBy = '<!-- Written by `sallyport ops`. Do not edit: write it again when tools change. -->';

/** A query of Prometheus as a block. */
export function query(expr: string): string {
  return `\`\`\`promql\n${expr}\n\`\`\`\n`;
}

/** A text of the server's author as it may stand in a sentence or a table. */
export function cell(text: string): string {
  return plainText(text).replaceAll(/[|\\`<[\]]/g, '\\$&');
}
