import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** What a command gets. */
export interface Run {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Says how the command ends, where that is not 0. */
  ends(code: ExitCode): void;
}

/** One command: its file is named after it, and `commands.ts` lists it. */
export type MakeCommand = (run: Run) => CommandUnknownOpts;
