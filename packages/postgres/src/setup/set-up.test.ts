import { describe, expect, it } from 'vitest';
import { postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';

describe.skipIf(!postgresAnswers)('set-up', () => {
  const fixture = usePostgres({ ready: false });
  const others = [usePostgres({ ready: false }), usePostgres({ ready: false }), usePostgres({ ready: false })];

  it('brings four databases of one server up to date at once, two at a time each', async () => {
    const all = [fixture, ...others].flatMap((each) => [each.setUp(), each.setUp()]);
    const applied = (await Promise.all(all)).filter((names) => names.length > 0);
    expect(applied).toEqual(
      Array.from({ length: 4 }, () => [
        '0001-idempotency.sql',
        '0002-audit.sql',
        '0003-usage.sql',
        '0004-fencing.sql',
        '0001-schema.sql',
        '0002-seed.sql',
      ]),
    );
  });

  it('changes nothing when it runs again', async () => {
    const state = () =>
      fixture.admin(`select (select count(*) from customers)::int as customers, (select count(*) from orders)::int as orders,
        (select count(*) from invoices)::int as invoices, (select count(*) from sallyport_migrations)::int as migrations`);
    const before = await state();
    expect(before).toEqual([{ customers: 6, orders: 12, invoices: 16, migrations: 2 }]);
    expect(await fixture.setUp()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('revokes again what was granted, or installed, since', async () => {
    await fixture.admin('grant execute on function pg_catalog.set_config(text, text, boolean) to public');
    await fixture.admin('grant delete on invoices to sallyport_app');
    await fixture.admin('grant select on sallyport.idempotency to sallyport_app');
    await fixture.setUp();
    const [row] = await fixture.admin(`select has_table_privilege('sallyport_app', 'invoices', 'delete') as "mayDelete",
      has_table_privilege('sallyport_app', 'sallyport.idempotency', 'select') as "mayRead",
      has_schema_privilege('sallyport_query', 'sallyport', 'usage') as "mayUse",
      has_function_privilege('sallyport_query', 'pg_catalog.set_config(text, text, boolean)', 'execute') as "maySet"`);
    expect(row).toEqual({ mayDelete: false, mayRead: false, mayUse: false, maySet: false });
  });

  it('limits the connections of the query login, also when somebody lifted the limit', async () => {
    const limit = async () => {
      const [row] = await fixture.admin(`select rolconnlimit from pg_roles where rolname = 'sallyport_query'`);
      return row;
    };
    expect(await limit()).toEqual({ rolconnlimit: 50 });
    await fixture.admin('alter role sallyport_query connection limit -1');
    await fixture.setUp();
    expect(await limit()).toEqual({ rolconnlimit: 50 });
  });

  it('refuses when an applied version was edited', async () => {
    await fixture.admin("update sallyport_migrations set sha256 = 'other' where name = '0001-schema.sql'");
    await expect(fixture.setUp()).rejects.toThrow(/0001-schema\.sql was edited/);
  });
});
