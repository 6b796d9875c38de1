import { assertDependencyOptions, type DependencyOptions } from './dependency.js';
import { assertShedOptions } from './layers/shed.js';
import { isTenantName } from './layers/tenant.js';
import { assertLimits } from './limits.js';
import { PolicyError } from './policy-error.js';

/** What is wrong with a value; `undefined` when it will do. */
type Check = (value: unknown) => string | undefined;

const is =
  (type: string): Check =>
  (value) =>
    value !== null && typeof value === type ? undefined : `must be of type ${type}`;
const positive =
  (what: string, most = Number.POSITIVE_INFINITY): Check =>
  (value) =>
    typeof value === 'number' && value > 0 && value <= most ? undefined : `must be a positive number of ${what}`;
const having =
  (...verbs: readonly string[]): Check =>
  (value) => {
    const missing = verbs.filter(
      (verb) => typeof (value as Readonly<Record<string, unknown>> | null)?.[verb] !== 'function',
    );
    return missing.length === 0 ? undefined : `lacks ${missing.join(', ')}`;
  };
const without =
  (assert: (value: object) => void): Check =>
  (value) => {
    try {
      assert(value as object);
      return undefined;
    } catch (error) {
      return `are wrong: ${(error as Error).message}`;
    }
  };
const dependencies = without((value) => {
  if (typeof value !== 'object' || value === null) throw new RangeError('they are not an object');
  for (const options of Object.values(value)) assertDependencyOptions(options as DependencyOptions);
});
const limits: Check = (value) => (typeof value === 'function' ? undefined : without(assertLimits)(value));
const tenantName: Check = (value) => (isTenantName(value) ? undefined : 'is not a valid tenant name');
const sizes: Check = (value) => {
  if (typeof value !== 'object' || value === null) return 'must be of type object';
  for (const [name, size] of Object.entries(value)) {
    if (name !== 'maxDepth' && name !== 'maxElements') return `knows no ${name}`;
    if (size !== undefined && !(typeof size === 'number' && size > 0)) return `needs a positive ${name}`;
  }
  return undefined;
};

/** The longest a timer of the runtime can wait. */
const longestTimer = 2 ** 31 - 1;

/** What each option of `hardened` must be. */
export const hardenedOptionChecks = {
  scopes: is('object'),
  singleTenant: tenantName,
  agentLimits: limits,
  tenantLimits: limits,
  admission: having('admit', 'renew', 'release'),
  idempotency: having('claim', 'renew', 'settle', 'release', 'abandon'),
  retentionMs: positive('milliseconds'),
  input: sizes,
  shed: without(assertShedOptions),
  dependencies,
  observe: (value) => having('watch', 'report')(value),
  timeoutMs: positive('milliseconds', longestTimer),
  maxOutputBytes: positive('bytes'),
  redact: is('function'),
  clock: having('now', 'setTimeout', 'clearTimeout'),
  report: is('function'),
  randomId: is('function'),
} satisfies Readonly<Record<string, Check>>;

/**
 * Throws a {@link PolicyError} that names the option when one is unknown or cannot work. A guard that is configured under a
 * misspelt name is no guard.
 */
export function assertOptions(options: object, checks: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw new PolicyError(undefined, name, 'is no option of hardened');
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) throw new PolicyError(undefined, name, problem);
  }
}
