import { describe, expect, it } from 'vitest';
import { dangerousFunctions } from './assert-safe-role.js';
import { migratePostgres } from './migrate-postgres.js';
import { readMigrations } from './read-migrations.js';
import { postgresAnswers, usePostgres } from './testing/postgres-fixture.js';

it('the functions that are revoked are the functions that are checked', async () => {
  const privileges = (await readMigrations()).find(({ name }) => name === 'repeat-privileges.sql');
  expect(privileges?.text).toContain(`'${dangerousFunctions}'`);
});

describe.skipIf(!postgresAnswers)('migrate', () => {
  const fixture = usePostgres({ migrated: false });
  const others = [usePostgres({ migrated: false }), usePostgres({ migrated: false }), usePostgres({ migrated: false })];

  it('brings four databases of one server up to date at once, two at a time each', async () => {
    const all = [fixture, ...others].flatMap((each) => [migratePostgres(each), migratePostgres(each)]);
    const applied = (await Promise.all(all)).filter((names) => names.length > 0);
    expect(applied).toEqual(Array.from({ length: 4 }, () => ['0001-schema.sql', '0002-seed.sql']));
  });

  it('changes nothing when it runs again', async () => {
    const state = () =>
      fixture.admin(`select (select count(*) from customers)::int as customers, (select count(*) from orders)::int as orders,
        (select count(*) from invoices)::int as invoices, (select count(*) from sallyport_migrations)::int as migrations`);
    const before = await state();
    expect(before).toEqual([{ customers: 6, orders: 12, invoices: 16, migrations: 2 }]);
    expect(await migratePostgres(fixture)).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('revokes again what was granted, or installed, since', async () => {
    await fixture.admin('grant execute on function pg_catalog.set_config(text, text, boolean) to public');
    await fixture.admin('grant delete on invoices to sallyport_app');
    await migratePostgres(fixture);
    const [row] = await fixture.admin(`select has_table_privilege('sallyport_app', 'invoices', 'delete') as "mayDelete",
      has_function_privilege('sallyport_query', 'pg_catalog.set_config(text, text, boolean)', 'execute') as "maySet"`);
    expect(row).toEqual({ mayDelete: false, maySet: false });
  });

  it('limits the connections of the query login, also when somebody lifted the limit', async () => {
    const limit = async () => {
      const [row] = await fixture.admin(`select rolconnlimit from pg_roles where rolname = 'sallyport_query'`);
      return row;
    };
    expect(await limit()).toEqual({ rolconnlimit: 50 });
    await fixture.admin('alter role sallyport_query connection limit -1');
    await migratePostgres(fixture);
    expect(await limit()).toEqual({ rolconnlimit: 50 });
  });

  it('refuses when an applied version was edited', async () => {
    await fixture.admin("update sallyport_migrations set sha256 = 'other' where name = '0001-schema.sql'");
    await expect(migratePostgres(fixture)).rejects.toThrow(/0001-schema\.sql was edited/);
  });
});
