import { parseArgs } from 'node:util';

/** Defaults of options: whole numbers from 0, flags, and texts. */
type Defaults = Readonly<Record<string, number | boolean | string>>;

/** What was given, or the default. */
type Given<D extends Defaults> = {
  readonly [Name in keyof D]: D[Name] extends number ? number : D[Name] extends boolean ? boolean : string;
};

/**
 * What a program is called with: an option for each default. `check` throws what else is wrong with it. `--help` prints the help and
 * ends with 0; what is wrong is said on standard error, with the help, and ends with 2.
 */
export function calledWith<D extends Defaults>(help: string, defaults: D, check?: (given: Given<D>) => void): Given<D> {
  try {
    const options = Object.entries(defaults).map(([name, byDefault]) => [name, { type: typeOf(byDefault) }] as const);
    const { values } = parseArgs({ options: { ...Object.fromEntries(options), help: { type: 'boolean' } } });
    if (values.help === true) {
      process.stdout.write(help);
      process.exit(0);
    }
    const all = Object.entries({ ...defaults, ...values }).map(([name, value]) => [
      name,
      typeof defaults[name] === 'number' ? whole(name, String(value)) : value,
    ]);
    const given = Object.fromEntries(all) as Given<D>;
    check?.(given);
    return given;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

function typeOf(byDefault: number | boolean | string): 'boolean' | 'string' {
  return typeof byDefault === 'boolean' ? 'boolean' : 'string';
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new RangeError(`--${name} must be a whole number`);
}
