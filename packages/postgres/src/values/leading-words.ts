/** A word, or a quoted name, which may have escapes of Unicode. */
const word = /(?:u&)?"(?:[^"]|"")*"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy;

/** How many decide what a statement does to its transaction: `set session session characteristics as transaction`. */
const most = 6;

/** The beginning of a statement, and what comes after it. */
export interface Lead {
  /** At most six words and quoted names, in lower case, with one space between. */
  readonly words: string;
  readonly rest: string;
}

/**
 * How a statement begins, as Postgres reads it: whatever white space, empty statements and comments, which nest, are before
 * and between.
 */
export function leadingWords(text: string): Lead {
  const words: string[] = [];
  let at = afterBlank(text, 0, /(?:\s|;|--[^\n\r]*)*/y);
  while (words.length < most) {
    word.lastIndex = at;
    const [found] = word.exec(text) ?? [];
    if (found === undefined) break;
    words.push(found.toLowerCase());
    at = afterBlank(text, at + found.length, /(?:\s|--[^\n\r]*)*/y);
  }
  return { words: words.join(' '), rest: text.slice(at) };
}

function afterBlank(text: string, from: number, blank: RegExp): number {
  for (let at = from; ; at = afterComment(text, at)) {
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
    if (!text.startsWith('/*', at)) return at;
  }
}

/** Where the comment that begins here ends, with those within it. */
function afterComment(text: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let depth = 0; ; ) {
    const found = edge.exec(text);
    if (found === null) return text.length;
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
}
