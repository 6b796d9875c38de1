import { assertOptions, type OptionCheck, type OptionChecks } from './assert-options.js';

const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** The kinds of values that options have, as checks for {@link assertOptions}. */
export const option = {
  is:
    (type: 'object' | 'function' | 'boolean' | 'number' | 'string'): OptionCheck =>
    (value) =>
      value !== null && typeof value === type ? undefined : `must be of type ${type}`,
  positive:
    (what: string, most = Number.POSITIVE_INFINITY): OptionCheck =>
    (value) =>
      typeof value === 'number' && value > 0 && value <= most ? undefined : `must be a positive number of ${what}`,
  notNegative:
    (what: string, most = Number.POSITIVE_INFINITY): OptionCheck =>
    (value) =>
      typeof value === 'number' && value >= 0 && value <= most ? undefined : `must be a number of ${what}, 0 or more`,
  between:
    (least: number, most: number): OptionCheck =>
    (value) =>
      typeof value === 'number' && value >= least && value <= most
        ? undefined
        : `must be between ${least.toLocaleString('en')} and ${most.toLocaleString('en')}`,
  wholeNumber:
    (least: number, most = Number.MAX_SAFE_INTEGER): OptionCheck =>
    (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most
        ? undefined
        : `must be a whole number${most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`}`,
  oneOf:
    (...values: readonly unknown[]): OptionCheck =>
    (value) =>
      values.includes(value) ? undefined : `must be ${values.map((each) => JSON.stringify(each)).join(' or ')}`,
  text: ((value) => (isText(value) ? undefined : 'must be a string that is not empty')) satisfies OptionCheck,
  texts: ((value) =>
    Array.isArray(value) && value.every(isText)
      ? undefined
      : 'must be an array of strings that are not empty') satisfies OptionCheck,
  /** An object with these methods. */
  having:
    (...verbs: readonly string[]): OptionCheck =>
    (value) => {
      const missing = verbs.filter(
        (verb) => typeof (value as Readonly<Record<string, unknown>> | null | undefined)?.[verb] !== 'function',
      );
      return missing.length === 0 ? undefined : `lacks ${missing.join(', ')}`;
    },
  /** Whatever another assertion lets through. */
  passing:
    (assert: (value: object) => void): OptionCheck =>
    (value) => {
      try {
        assert(value as object);
        return undefined;
      } catch (error) {
        return `is wrong: ${(error as Error).message}`;
      }
    },
  /** An object of options of its own. */
  options:
    (of: string, checks: OptionChecks, needed: readonly string[] = []): OptionCheck =>
    (value) =>
      option.passing((own) => assertOptions(of, own, checks, needed))(value),
};
