import type { Session } from '../session.js';
import { applyMigrations } from './apply-migrations.js';
import { ensureRole } from './ensure-role.js';
import { frameworkHistory, frameworkMigrations } from './framework-migrations.js';
import { privilegesSql } from './privileges-sql.js';
import { maxQueryConnections, querySettings } from './query-settings.js';
import { readMigrations } from './read-migrations.js';
import {
  appRole as defaultAppRole,
  auditRole as defaultAuditRole,
  queryRole as defaultQueryRole,
} from './role-names.js';
import { scriptsInTransaction } from './scripts-in-transaction.js';
import { type TenantTable, tenantTablesSql } from './tenant-table.js';

/** What a database is set up for. */
export interface SetUpOptions {
  /** Tables to bind to tenants. Default none: your own migrations do it. */
  readonly tables?: readonly TenantTable[];
  /** Default `tenant_id`. */
  readonly tenantColumn?: string;
  /** The login of handlers. Default `sallyport_app`. */
  readonly appRole?: string;
  /** The login of the SQL of agents. Default `sallyport_query`. */
  readonly queryRole?: string;
  /** The login that seals, exports and verifies the audit trail. Default `sallyport_audit`. */
  readonly auditRole?: string;
  /** Absent: a login keeps the password it has, or gets none. */
  readonly passwords?: {
    readonly app?: string | undefined;
    readonly query?: string | undefined;
    readonly audit?: string | undefined;
  };
  /** A folder of your own migrations: `0001-….sql` once each, in `sallyport_migrations`; `repeat-….sql` last, every time. */
  readonly migrations?: URL;
}

/** Any number, the same for every set-up of one database. */
export const lockKey = 7_240_131;

/**
 * Brings a database up to date: the logins, the framework's schema, your own migrations, the tenants' tables, and what
 * the logins may do. Each version runs once, in one transaction, under a lock of the database; all of it can be run again at
 * any time. Returns the names of the versions it applied. Needs a superuser, who will own the tables.
 */
export async function setUp(session: Session, options: SetUpOptions = {}): Promise<string[]> {
  const { tables = [], tenantColumn = 'tenant_id', passwords = {}, migrations } = options;
  const roles = {
    appRole: options.appRole ?? defaultAppRole,
    queryRole: options.queryRole ?? defaultQueryRole,
    auditRole: options.auditRole ?? defaultAuditRole,
  };
  const own = migrations === undefined ? [] : await readMigrations(migrations);
  await ensureRole(session, { name: roles.appRole, password: passwords.app });
  await ensureRole(session, {
    name: roles.queryRole,
    password: passwords.query,
    maxConnections: maxQueryConnections,
    settings: querySettings,
  });

  await ensureRole(session, { name: roles.auditRole, password: passwords.audit });

  await session.script(`SELECT pg_advisory_lock(${lockKey})`);
  try {
    await session.script('CREATE SCHEMA IF NOT EXISTS sallyport');
    const done = [
      ...(await applyMigrations(session, frameworkHistory, await frameworkMigrations())),
      ...(migrations === undefined ? [] : await applyMigrations(session, 'public.sallyport_migrations', own)),
    ];
    await scriptsInTransaction(session, [
      ...(tables.length === 0 ? [] : [tenantTablesSql(tables, { tenantColumn, ...roles })]),
      privilegesSql(roles),
      ...own.filter(({ repeat }) => repeat).map(({ text }) => text),
    ]);
    return done;
  } finally {
    await session.script(`SELECT pg_advisory_unlock(${lockKey})`);
  }
}
