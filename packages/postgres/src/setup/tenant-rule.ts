import { sqlIdentifier } from '../values/sql-identifier.js';

const tenant = "current_setting('app.tenant', true)";
const printedTenant = "current_setting('app.tenant'::text, true)";

/** How a tenant must be written where it is no text: as Postgres prints that type, so that no two tenants have one value. */
const written = {
  uuid: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  bigint: '^(0|-?[1-9][0-9]{0,17})$',
} as const;

type TenantType = keyof typeof written;

/**
 * The tenant of the transaction in SQL, as text or as another type: one that is no value of the type is nobody, and no error. Does
 * not look at the row, so an index on the column is used.
 */
export function tenantAs(type: 'text' | TenantType): string {
  return type === 'text' ? tenant : `CASE WHEN ${tenant} ~ '${written[type]}' THEN ${tenant}::${type} END`;
}

/** The rule of the policy of a table, as an author writes it: the row is of the transaction's tenant. */
export function tenantRuleOf(column: string): string {
  return `${shown(column)} = ${tenant}`;
}

/** How Postgres prints the rules that set-up makes, with one space for any white space. */
export function printedRules(column: string): string[] {
  const name = shown(column);
  const cases = (['uuid', 'bigint'] as const).map(
    (type) =>
      `(${name} = CASE WHEN (${printedTenant} ~ '${written[type]}'::text) THEN (${printedTenant})::${type} ELSE NULL::${type} END)`,
  );
  return [`(${name} = ${printedTenant})`, `((${name})::text = ${printedTenant})`, ...cases];
}

/** The same of those that authors write and that bind a row to the tenant as well: a cast, which fails for another text. */
export function printedCasts(column: string): string[] {
  return ['uuid', 'integer', 'bigint'].map((type) => `(${shown(column)} = (${printedTenant})::${type})`);
}

function shown(column: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(column) ? column : sqlIdentifier(column);
}
