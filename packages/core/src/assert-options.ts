import { closestName } from './closest-name.js';

/** What is wrong with the value of an option; `undefined` when it will do. */
export type OptionCheck = (value: unknown) => string | undefined;

/** What each option must be. */
export type OptionChecks = Readonly<Record<string, OptionCheck>>;

/** The first option that is unknown or cannot work, and why. One that is `undefined` is not given, unless it is `needed`. */
export function wrongOption(
  of: string,
  options: object,
  checks: OptionChecks,
  needed: readonly string[] = [],
): { readonly option: string; readonly problem: string } | undefined {
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(checks, option)) continue;
    const meant = closestName(option, Object.keys(checks));
    return { option, problem: `is no option of ${of}${meant === undefined ? '' : `: did you mean ${meant}?`}` };
  }
  for (const [option, check] of Object.entries(checks)) {
    const value = (options as Readonly<Record<string, unknown>>)[option];
    if (value === undefined && !needed.includes(option)) continue;
    const problem = check(value);
    if (problem !== undefined) return { option, problem };
  }
  return undefined;
}

/**
 * Throws a `TypeError` that names the option when one is unknown, is missing although `needed`, or cannot work. A guard that is
 * configured under a misspelt name is no guard.
 */
export function assertOptions(
  of: string,
  options: unknown,
  checks: OptionChecks,
  needed: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${of}: the options must be an object`);
  const wrong = wrongOption(of, options, checks, needed);
  if (wrong !== undefined) throw new TypeError(`${of}: ${wrong.option} ${wrong.problem}`);
}
