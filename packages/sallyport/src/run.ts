import { createRequire } from 'node:module';
import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { commands } from './commands.js';
import { type ExitCode, exitCode } from './exit-code.js';
import { reasonOf } from './reason-of.js';
import type { Terminal } from './terminal.js';

const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

const description = `Looks at servers that are hardened with Sallyport, and at what they run on.

Every command ends with 0 when all is well, 1 when it found something wrong, 2 when it could not run.`;

/** Runs the command that the arguments name. Resolves to the code to end with. Never rejects. */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const ends = (ended: ExitCode): void => {
    code = ended;
  };
  const program = new Command('sallyport').description(description).version(version).helpCommand(false);
  for (const make of commands) program.addCommand(make({ terminal, env, ends }));
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut: (text) => terminal.out(text),
        writeErr: (text) => terminal.say(text.trimEnd()),
        getOutHelpWidth: () => terminal.columns,
        getErrHelpWidth: () => terminal.columns,
      });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.cannotRun;
    // One line: the stack is ours to read, not that of whoever typed the command.
    terminal.say(`sallyport: ${reasonOf(error)}`);
    return exitCode.cannotRun;
  }
}

function withSubcommands(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
