import { type OptionCheck, type OptionChecks, wrongOption } from './assert-options.js';
import { assertDependencyOptions, type DependencyOptions } from './dependency.js';
import { assertShedOptions } from './layers/shed.js';
import { isTenantName } from './layers/tenant.js';
import { assertLimits } from './limits.js';
import { option } from './option-checks.js';
import { PolicyError } from './policy-error.js';

const { is, positive, having } = option;
const without =
  (assert: (value: object) => void): OptionCheck =>
  (value) =>
    option.passing(assert)(value)?.replace('is wrong', 'are wrong');
const dependencies = without((value) => {
  if (typeof value !== 'object' || value === null) throw new RangeError('they are not an object');
  for (const options of Object.values(value)) assertDependencyOptions(options as DependencyOptions);
});
const limits: OptionCheck = (value) => (typeof value === 'function' ? undefined : without(assertLimits)(value));
const tenantName: OptionCheck = (value) => (isTenantName(value) ? undefined : 'is not a valid tenant name');
const sizes: OptionCheck = (value) => {
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
} satisfies OptionChecks;

/** Throws a {@link PolicyError} that names the option when one is unknown or cannot work. */
export function assertHardenedOptions(options: object, checks: OptionChecks): void {
  if (typeof options !== 'object' || options === null) throw new PolicyError(undefined, 'options', 'must be an object');
  const wrong = wrongOption('hardened', options, checks);
  if (wrong !== undefined) throw new PolicyError(undefined, wrong.option, wrong.problem);
}
