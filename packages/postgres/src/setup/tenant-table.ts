import { sqlIdentifier } from '../values/sql-identifier.js';

/** What the login of handlers may do with a table, beyond reading it. */
export type TablePrivilege = 'insert' | 'update' | 'delete';

/** A table whose rows belong to tenants. */
export interface TenantTable {
  /** `orders`, or `billing.orders`. */
  readonly name: string;
  /** Default: none, the table is only read. */
  readonly allow?: readonly TablePrivilege[];
}

/**
 * The SQL that binds a table to the tenant of the transaction: row-level security, forced for its owner too, a policy that
 * shows and takes only rows of `app.tenant` (no tenant set means no rows), and grants. Can be run again.
 */
export function tenantTableSql(
  { name, allow = [] }: TenantTable,
  { tenantColumn, appRole, queryRole }: { tenantColumn: string; appRole: string; queryRole: string },
): string {
  const table = name.split('.').map(sqlIdentifier).join('.');
  const column = sqlIdentifier(tenantColumn);
  const mine = `${column} = current_setting('app.tenant', true)`;
  const [app, query] = [sqlIdentifier(appRole), sqlIdentifier(queryRole)];
  return `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT current_setting('app.tenant', true);
ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL;
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant ON ${table};
CREATE POLICY tenant ON ${table} USING (${mine}) WITH CHECK (${mine});
REVOKE ALL ON ${table} FROM PUBLIC, ${app}, ${query};
GRANT ${['SELECT', ...allow.map((privilege) => privilege.toUpperCase())].join(', ')} ON ${table} TO ${app};
GRANT SELECT ON ${table} TO ${query};
`;
}

/** Reads `orders`, `orders:update` or `billing.orders:insert+update`. Throws a `TypeError` for anything else. */
export function parseTenantTable(text: string): TenantTable {
  const [, name = '', allow = ''] = /^([^\s:]+)(?::([a-z+]+))?$/.exec(text) ?? [];
  const asked = allow === '' ? [] : allow.split('+');
  if (name === '' || !asked.every(isPrivilege)) {
    throw new TypeError(`"${text}" is not a table: write orders, or orders:insert+update+delete`);
  }
  return { name, allow: asked };
}

function isPrivilege(text: string): text is TablePrivilege {
  return text === 'insert' || text === 'update' || text === 'delete';
}
