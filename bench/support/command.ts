import { parseArgs } from 'node:util';
import { program } from './program.js';
import { wholeNumber } from './whole-number.js';

/** A benchmark whose options are numbers. */
interface Command<Name extends string, Result> {
  /** What it measures, in a sentence. */
  readonly about: string;
  /** Each option's default, and what it is for. */
  readonly options: Readonly<Record<Name, readonly [byDefault: number, about: string]>>;
  measure(numbers: Readonly<Record<Name, number>>): Promise<Result>;
  /** The result for people; with `--json` it is printed as it is. */
  show(result: Result): string;
}

/** Runs it with the options of the command line; `--help` and `--json` are the same for all. */
export async function command<Name extends string, Result>({
  about,
  options,
  measure,
  show,
}: Command<Name, Result>): Promise<void> {
  await program(async () => {
    const known = Object.entries<readonly [number, string]>(options);
    const { values } = parseArgs({
      options: {
        ...Object.fromEntries(known.map(([name]) => [name, { type: 'string' as const }])),
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) {
      const rows = known.map(([name, [byDefault, text]]) => [`--${name} N`, `${text} (default ${byDefault})`]);
      const all = [...rows, ['--json', 'as JSON'], ['--help', 'this text']];
      process.stdout.write(
        `${about}\n\n${all.map(([option = '', text]) => `  ${option.padEnd(12)} ${text}\n`).join('')}`,
      );
      return;
    }
    const given = values as Readonly<Record<string, string | undefined>>;
    const numbers = known.map(([name, [byDefault]]) => [name, wholeNumber(name, given[name] ?? String(byDefault))]);
    const result = await measure(Object.fromEntries(numbers) as Record<Name, number>);
    process.stdout.write(values.json === true ? `${JSON.stringify(result, undefined, 2)}\n` : show(result));
  });
}
