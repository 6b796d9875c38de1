import { sqlIdentifier } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { historySql, onceSql } from './apply-migrations.js';
import { loginPowers } from './ensure-role.js';
import { frameworkHistory, frameworkMigrations } from './framework-migrations.js';
import { privilegesSql } from './privileges-sql.js';
import { maxQueryConnections, querySettings } from './query-settings.js';
import {
  appRole as defaultAppRole,
  auditRole as defaultAuditRole,
  queryRole as defaultQueryRole,
} from './role-names.js';
import { lockMs } from './scripts-in-transaction.js';
import { lockKey, type SetUpOptions } from './set-up.js';
import { tenantTablesSql } from './tenant-table.js';

/**
 * What {@link setUp} does, as one script to read, review or run by hand with `psql`, again and again. The logins get no
 * password. Your own migrations are not part of it.
 *
 * @example
 * ```ts
 * import { setUpScript } from '@sallyport/postgres';
 *
 * console.log(await setUpScript({ tables: [{ name: 'invoices' }] }));
 * ```
 */
export async function setUpScript({
  tables = [],
  tenantColumn = 'tenant_id',
  appRole = defaultAppRole,
  queryRole = defaultQueryRole,
  auditRole = defaultAuditRole,
}: Omit<SetUpOptions, 'passwords' | 'migrations'> = {}): Promise<string> {
  const roles = { appRole, queryRole, auditRole };
  const settings = Object.entries(querySettings).map(
    ([key, value]) => `ALTER ROLE ${sqlIdentifier(queryRole)} SET ${key} = ${sqlLiteral(value)};\n`,
  );
  return [
    `-- The logins. Roles belong to the whole server.\n${roleSql(appRole)}${roleSql(queryRole)}ALTER ROLE ${sqlIdentifier(queryRole)} CONNECTION LIMIT ${maxQueryConnections};\n${roleSql(auditRole)}${settings.join('')}`,
    `-- The framework's schema.\nBEGIN;\nSELECT pg_advisory_xact_lock(${lockKey});\nSET LOCAL lock_timeout = '${lockMs}ms';\nCREATE SCHEMA IF NOT EXISTS sallyport;\n${historySql(frameworkHistory)}`,
    ...(await frameworkMigrations()).map((each) => `-- ${each.name}\n${onceSql(frameworkHistory, each)}`),
    ...(tables.length === 0
      ? []
      : [`-- The tables of tenants.\n${tenantTablesSql(tables, { tenantColumn, ...roles })}`]),
    `-- What the logins may do.\n${privilegesSql(roles)}COMMIT;\n`,
  ].join('\n');
}

function roleSql(name: string): string {
  const role = sqlIdentifier(name);
  return `DO $$ BEGIN
  IF to_regrole(${sqlLiteral(role)}) IS NULL THEN CREATE ROLE ${role}; END IF;
END $$;
ALTER ROLE ${role} ${loginPowers};
`;
}
