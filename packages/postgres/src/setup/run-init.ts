import { parseArgs } from 'node:util';
import { setUpPostgres } from '../pg/set-up-postgres.js';
import { passwordOf } from './password-of.js';
import { setUpScript } from './set-up-script.js';
import { parseTenantTable } from './tenant-table.js';

/** What `init --help` says. */
const initHelp = `sallyport-postgres init: prepares a database: logins, row-level security, the framework's tables.

Prints the SQL, or with --apply runs it; it can be run again at any time.

  --table NAME[:ALLOW]   a table whose rows belong to tenants; ALLOW is what handlers may do beyond reading:
                         insert, update, delete, joined by +. May be repeated.
  --tenant-column NAME   default tenant_id
  --app-role NAME        the login of handlers, default sallyport_app
  --query-role NAME      the login of the SQL of agents, default sallyport_query
  --audit-role NAME      the login that seals and verifies the audit trail, default sallyport_audit
  --apply                run it on the database at DATABASE_ADMIN_URL
  --help                 this text

DATABASE_ADMIN_URL    a superuser of that database
DATABASE_URL          its password becomes that of the app role (optional)
DATABASE_QUERY_URL    its password becomes that of the query role (optional; default: the same)
DATABASE_AUDIT_URL    its password becomes that of the audit role (optional)

  npx sallyport-postgres init --table customers --table invoices:insert --table orders:update > set-up.sql
`;

/** Runs `init` with these arguments, and resolves to what it prints. Throws a `TypeError` for arguments that are wrong. */
export async function runInit(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      table: { type: 'string', multiple: true, default: [] },
      'tenant-column': { type: 'string' },
      'app-role': { type: 'string' },
      'query-role': { type: 'string' },
      'audit-role': { type: 'string' },
      apply: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return initHelp;
  const options = {
    tables: values.table.map(parseTenantTable),
    ...(values['tenant-column'] === undefined ? {} : { tenantColumn: values['tenant-column'] }),
    ...(values['app-role'] === undefined ? {} : { appRole: values['app-role'] }),
    ...(values['query-role'] === undefined ? {} : { queryRole: values['query-role'] }),
    ...(values['audit-role'] === undefined ? {} : { auditRole: values['audit-role'] }),
  };
  if (!values.apply) return setUpScript(options);
  const {
    DATABASE_ADMIN_URL: adminUrl = '',
    DATABASE_URL: url,
    DATABASE_QUERY_URL: queryUrl,
    DATABASE_AUDIT_URL: auditUrl,
  } = env;
  if (adminUrl === '') throw new TypeError('DATABASE_ADMIN_URL: set it to the URL of a superuser of the database');
  const app = passwordOf(url);
  const applied = await setUpPostgres(adminUrl, {
    ...options,
    passwords: { app, query: passwordOf(queryUrl) ?? app, audit: passwordOf(auditUrl) },
  });
  return applied.length === 0 ? 'up to date\n' : `applied ${applied.join(', ')}\n`;
}
