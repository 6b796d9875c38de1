/** One module specifier a source file imports, re-exports or loads dynamically. */
export interface SourceImport {
  readonly specifier: string;
  readonly line: number;
}

/** The source with its comments blanked out, strings and line breaks kept. */
export function withoutComments(source: string): string {
  const token = /(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return source.replace(token, (text) => (/^\/[/*]/.test(text) ? text.replace(/[^\n]/g, ' ') : text));
}

/**
 * The imports of a formatted TypeScript file. Statements are read only at the start of a line, so a piece of code inside
 * a string is none.
 */
export function sourceImports(source: string): SourceImport[] {
  const code = withoutComments(source);
  const patterns = [
    /^(?:import|export)\b[\s\w{},*$]*?\bfrom\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
    /^import\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
    /\bimport\s*\(\s*(['"])(?<specifier>[^'"\n]+)\1/g,
  ];
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => ({
      specifier: match.groups?.specifier ?? '',
      line: code.slice(0, match.index).split('\n').length,
    })),
  );
}
