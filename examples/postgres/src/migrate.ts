import { parseArgs } from 'node:util';
import { DatabaseError } from '@sallyport/postgres';
import { ConfigError, readAdminConfig } from './config.js';
import { migrate } from './database.js';

const help = `Brings the database at DATABASE_ADMIN_URL up to date: roles, schema, row-level security, seed. Can be run again.

  --help   this text

DATABASE_ADMIN_URL   a superuser of that database
DATABASE_URL         its password becomes that of sallyport_app (optional)
DATABASE_QUERY_URL   its password becomes that of sallyport_query (optional)
DATABASE_AUDIT_URL   its password becomes that of sallyport_audit, which seals the audit trail (optional)
`;

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  if (values.help) {
    process.stdout.write(help);
  } else {
    const applied = await migrate(readAdminConfig(process.env));
    process.stdout.write(applied.length === 0 ? 'up to date\n' : `applied ${applied.join(', ')}\n`);
  }
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DatabaseError || error instanceof TypeError)) throw error;
  process.stderr.write(`The database cannot be migrated:\n${error.message}\n`);
  process.exitCode = 2;
}
