/** One example: a fenced block of TypeScript, and where a reader finds it. */
export interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** The TypeScript blocks of a Markdown page. A block marked `ts ignore` is left out. */
export function snippetsOfPage(file: string, text: string): Snippet[] {
  return blocks(file, text, /^```ts\n([\s\S]*?)^```/gm);
}

/** The TypeScript blocks in the doc comments of a source file. */
export function snippetsOfSource(file: string, text: string): Snippet[] {
  return blocks(file, text, /^ *\* ```ts\n([\s\S]*?)^ *\* ```/gm).map((snippet) => ({
    ...snippet,
    code: snippet.code.replaceAll(/^ *\* ?/gm, ''),
  }));
}

function blocks(file: string, text: string, pattern: RegExp): Snippet[] {
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    code: match[1] ?? '',
  }));
}
