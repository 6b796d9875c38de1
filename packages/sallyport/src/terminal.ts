import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes. Results go to standard output, and nothing else does: progress and reasons go to standard error. */
export interface Terminal {
  /** A result. */
  out(text: string): void;
  /** One line about what goes on. */
  say(line: string): void;
  /** Whether progress may be redrawn: standard error is a terminal. */
  readonly isLive: boolean;
  /** How wide a line may be: the terminal's width, or 100 where there is none. */
  readonly columns: number;
  /** The text in a style, where standard output is a terminal and nobody set `NO_COLOR` (no-color.org). */
  style(style: Style, text: string): string;
}

/** What a terminal is made of: a process has all of it. */
type Streams = Pick<NodeJS.Process, 'env'> & {
  readonly stdout: Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>;
  readonly stderr: Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY'>>;
};

/** The terminal of this process. */
export function processTerminal({ stdout, stderr, env }: Streams = process): Terminal {
  const isColoured = stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return {
    out: (text) => void stdout.write(text),
    say: (line) => void stderr.write(`${line}\n`),
    isLive: stderr.isTTY === true,
    columns: stdout.columns ?? 100,
    style: (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text),
  };
}
