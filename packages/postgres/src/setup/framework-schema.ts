// What the versions of the framework's schema are called and make: also known to a program that was bundled into one file, where
// the versions themselves are not beside the code.

export const frameworkVersions: readonly string[] = [
  '0001-idempotency.sql',
  '0002-audit.sql',
  '0003-usage.sql',
  '0004-fencing.sql',
];

/** Tables and functions. */
export const frameworkParts: readonly string[] = [
  'idempotency',
  'ms',
  'claim',
  'renew',
  'settle',
  'release',
  'abandon',
  'begin_effect',
  'end_effect',
  'forget_keys',
  'audit_entries',
  'audit_waiting',
  'audit_wait',
  'audit_chain',
  'audit_checkpoints',
  'usage',
  'usage_sources',
  'record_usage',
  'forget_usage',
];
