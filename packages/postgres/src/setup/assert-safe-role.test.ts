import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';

describe.skipIf(!postgresAnswers)('the start-up check', () => {
  const fixture = usePostgres();
  const role = `sallyport_test_${randomBytes(4).toString('hex')}`;
  const urlOfRole = (() => {
    const url = new URL(fixture.url);
    url.username = role;
    return url.href;
  })();
  const open = (options: Parameters<typeof fixture.open>[0] = {}) =>
    fixture.open(options).then(
      async (database) => {
        await database.close();
        return 'opened';
      },
      (error: Error) => error.message,
    );
  const withRole = async (sql: string): Promise<void> => {
    await fixture.admin(`create role ${role} login password 'sallyport-tests'; grant sallyport_app to ${role}; ${sql}`);
  };
  afterEach(async () => {
    await fixture.admin(`do $$ begin
      if to_regrole('${role}') is not null then
        execute 'reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}';
      end if; end $$`);
  });

  it('lets the two logins of migrate in', async () => {
    expect(await open()).toBe('opened');
  });

  it('lets in a member of sallyport_app', async () => {
    await withRole('select 1');
    expect(await open({ url: urlOfRole })).toBe('opened');
  });

  it('of a login that is meant for something else says that alone, and which one to name where', async () => {
    const [app, query, audit] = ['sallyport_app', 'sallyport_query', 'sallyport_audit'];
    const init = 'npx sallyport-postgres init --apply';
    const handlers = `name ${app}, which "${init}" makes, in DATABASE_URL`;
    const agents = `name ${query}, which "${init}" makes, in DATABASE_QUERY_URL`;
    const { adminUrl, auditUrl } = fixture;
    const superuser = `"${new URL(adminUrl).username}", a superuser`;
    for (const [url, name] of [
      [fixture.queryUrl, `"${query}"`],
      [auditUrl, `"${audit}"`],
      [adminUrl, superuser],
    ] as const)
      expect(await open({ url })).toBe(`the login of handlers is ${name}: ${handlers}`);
    for (const [queryUrl, name] of [
      [fixture.url, `"${app}"`],
      [auditUrl, `"${audit}"`],
      [adminUrl, superuser],
    ] as const)
      expect(await open({ queryUrl })).toBe(`the login of agents’ SQL is ${name}: ${agents}`);
  });

  it('refuses one for agents’ SQL that may write, in one line for all tables', async () => {
    await withRole('select 1');
    const found = await open({ queryUrl: urlOfRole });
    const writable = 'invoices, orders, sallyport.audit_entries';
    expect(found).toContain(
      `"${role}" may write to ${writable}: name sallyport_query in DATABASE_QUERY_URL, or REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${writable} FROM "${role}"`,
    );
    expect(found.match(/may call/g)).toHaveLength(1);
    expect(found.split('\n')).toHaveLength(2);
  });

  it('refuses a login of handlers that lacks a single right', async () => {
    for (const right of [
      'insert (tenant, entry) on sallyport.audit_entries',
      'execute on function sallyport.claim',
      'usage on schema sallyport',
    ]) {
      await fixture.admin(`revoke ${right} from sallyport_app`);
      expect((await open()).toLowerCase()).toContain(
        `"sallyport_app" lacks what the login of handlers needs, ${right}`,
      );
      await fixture.setUp();
    }
    expect(await open()).toBe('opened');
  });

  it('refuses a login that may read what other tenants’ calls left: the trail, or the results of keys', async () => {
    for (const table of ['audit_entries', 'audit_waiting', 'audit_chain', 'audit_checkpoints', 'idempotency']) {
      await fixture.admin(`grant select on sallyport.${table} to sallyport_app`);
      expect(await open()).toContain(
        `REVOKE SELECT, UPDATE, DELETE, TRUNCATE ON sallyport.${table} FROM "sallyport_app"`,
      );
      await fixture.admin(`revoke select on sallyport.${table} from sallyport_app`);
      await fixture.admin(`grant delete on sallyport.${table} to sallyport_query`);
      expect(await open()).toContain(
        `REVOKE SELECT, UPDATE, DELETE, TRUNCATE ON sallyport.${table} FROM "sallyport_query"`,
      );
      await fixture.admin(`revoke delete on sallyport.${table} from sallyport_query`);
    }
  });

  it('refuses a member of a superuser', async () => {
    await withRole(`grant ${new URL(fixture.adminUrl).username} to ${role}`);
    for (const over of [{ url: urlOfRole }, { queryUrl: urlOfRole }])
      expect(await open(over)).toMatch(
        /^the login is, or may become, .* has SUPERUSER: connect as a login without powers/,
      );
  });

  it('refuses a role that bypasses row-level security, itself or through a membership', async () => {
    await withRole(`alter role ${role} bypassrls`);
    expect(await open({ url: urlOfRole })).toMatch(`ALTER ROLE "${role}" NOBYPASSRLS`);
  });

  it.each(['CREATEROLE', 'REPLICATION'])(
    'refuses a role that has %s, with which it could get at every row',
    async (power) => {
      await withRole(`alter role ${role} ${power}`);
      expect(await open({ url: urlOfRole })).toContain(
        `the login is, or may become, "${role}", which has ${power}: ALTER ROLE "${role}" NO${power}`,
      );
    },
  );

  it('refuses the owner of a table', async () => {
    await withRole(`alter table orders owner to ${role}`);
    expect(await open({ url: urlOfRole })).toMatch(/the login owns orders .*ALTER TABLE orders OWNER TO/);
  });

  it('refuses a table that holds tenant_id without forced row-level security, and says how to force it', async () => {
    await fixture.admin('create table "Loose" (id int, tenant_id text)');
    expect(await open()).toMatch('ALTER TABLE "Loose" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY');
    await fixture.admin('alter table "Loose" enable row level security');
    expect(await open()).toMatch(/"Loose" holds tenant_id/);
    await fixture.admin('alter table "Loose" force row level security');
    expect(await open()).toBe('opened');
  });

  it('refuses a permissive policy that does not look at the tenant, of these logins, and no other', async () => {
    await fixture.admin('create policy extra on invoices for select using (true)');
    expect(await open()).toMatch('DROP POLICY "extra" ON invoices, or make it RESTRICTIVE');
    await fixture.admin('drop policy extra on invoices; create policy extra on invoices as restrictive using (true)');
    expect(await open()).toBe('opened');
    const ofTheTenant = "tenant_id = current_setting('app.tenant', true)";
    await fixture.admin(
      `drop policy extra on invoices; create policy extra on invoices for insert with check (${ofTheTenant})`,
    );
    expect(await open()).toBe('opened');
    await fixture.admin('drop policy extra on invoices; create policy extra on invoices to postgres using (true)');
    expect(await open()).toBe('opened');
    await fixture.admin('drop policy extra on invoices');
  });

  it.each([
    ['with the tenant column', 'create view peek as select * from invoices; grant select on peek to sallyport_app'],
    ['without it', 'create view peek as select memo from invoices; grant select on peek to sallyport_app'],
    ['by its columns', 'create view peek as select memo, id from invoices; grant select (id) on peek to sallyport_app'],
    ['to write', 'create view peek as select memo from invoices; grant update on peek to sallyport_app'],
    [
      'through a materialised one',
      'create materialized view deep as select memo from invoices; create view peek as select * from deep; grant select on peek to sallyport_app',
    ],
    [
      "through one with its caller's",
      'create view deep with (security_invoker) as select memo from invoices; create view peek as select * from deep; grant select on peek to sallyport_app',
    ],
  ])("refuses a view that shows rows with its owner's rights: %s", async (_title, sql) => {
    await fixture.admin(sql);
    expect(await open()).toContain(
      `peek shows invoices with its owner's rights: ALTER VIEW peek SET (security_invoker = true), or REVOKE ALL ON peek FROM "sallyport_app"`,
    );
    expect(await open({ exempt: ['peek'] })).toBe('opened');
    await fixture.admin('alter view peek set (security_invoker = on)');
    if (!sql.includes('materialized')) expect(await open()).toBe('opened');
    await fixture.admin(
      'drop view peek; drop view if exists deep cascade'.replace(
        'view if',
        sql.includes('materialized') ? 'materialized view if' : 'view if',
      ),
    );
  });

  it('refuses a materialised view, which has no rows of one tenant only, and lets one of nobody’s pass', async () => {
    await fixture.admin(
      'create materialized view peek as select memo from invoices; grant select on peek to sallyport_query',
    );
    expect(await open()).toContain(
      `peek shows invoices with its owner's rights: REVOKE ALL ON peek FROM "sallyport_query"`,
    );
    await fixture.admin(
      'drop materialized view peek; create materialized view peek as select n from generate_series(1, 3) n',
    );
    await fixture.admin('grant select on peek to sallyport_query');
    expect(await open()).toBe('opened');
    await fixture.admin('drop materialized view peek');
  });

  it('refuses a table without forced row-level security that a login may reach, whatever its columns, until it is exempt', async () => {
    await fixture.admin('create table currencies (code text)');
    expect(await open()).toBe('opened');
    for (const right of ['select', 'select (code)', 'update', 'delete']) {
      await fixture.admin(`grant ${right} on currencies to sallyport_app`);
      expect(await open()).toContain(
        'currencies is open to "sallyport_app", and row-level security is not forced on it: ALTER TABLE currencies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, or put "currencies" in exempt',
      );
      expect(await open({ exempt: ['currencies'] })).toBe('opened');
      await fixture.admin('revoke all on currencies from sallyport_app');
    }
    expect(await open({ tables: ['currencies'] })).toContain('currencies is named in tables, and row-level security');
    await fixture.admin('drop table currencies');
  });

  it('refuses a misspelled tenant column, with row-level security and without', async () => {
    expect(await open({ tenantColumn: 'tenantid' })).toContain('the policy "tenant" lets rows of customers be reached');
    await fixture.admin('alter table customers disable row level security');
    expect(await open({ tenantColumn: 'tenantid' })).toContain('customers is open to "sallyport_app"');
    await fixture.admin('alter table customers enable row level security');
  });

  it.each([
    "tenant_id = current_setting('app.tenant', true) or current_setting('app.tenant', true) is not null",
    "tenant_id >= current_setting('app.tenant', true)",
    "memo = current_setting('app.tenant', true)",
    "tenant_id = current_setting('app.tenants', true)",
    "tenant_id = coalesce(current_setting('app.tenant', true), tenant_id)",
  ])('refuses a permissive policy with a rule of its own, until it is exempt: %s', async (rule) => {
    for (const policy of [`for select using (${rule})`, `for insert with check (${rule})`]) {
      await fixture.admin(`create policy extra on invoices ${policy}`);
      expect(await open()).toContain(
        `the policy "extra" lets rows of invoices be reached by another rule than tenant_id = current_setting('app.tenant', true): DROP POLICY "extra" ON invoices, or make it RESTRICTIVE, or put "extra ON invoices" in exempt`,
      );
      expect(await open({ exempt: ['extra ON invoices'] })).toBe('opened');
      await fixture.admin('drop policy extra on invoices');
    }
  });

  it("refuses a function of others that a login may call with its owner's rights, until it is exempt", async () => {
    await fixture.admin(
      "create function names() returns setof text language sql security definer as 'select name from customers'",
    );
    expect(await open()).toContain(
      `"sallyport_app" may call names() with its owner's rights: REVOKE EXECUTE ON ROUTINE names() FROM PUBLIC, "sallyport_app", or ALTER ROUTINE names() SECURITY INVOKER, or put "names()" in exempt`,
    );
    expect(await open({ exempt: ['names()'] })).toBe('opened');
    await fixture.admin(
      'revoke execute on function names() from public; grant execute on function names() to sallyport_query',
    );
    expect(await open()).toContain('"sallyport_query" may call names()');
    await fixture.admin('alter function names() security invoker');
    expect(await open()).toBe('opened');
    await fixture.admin(`drop function names();
      create function noted() returns trigger language plpgsql security definer as 'begin return null; end'`);
    expect(await open()).toBe('opened');
  });

  it('refuses a query login that may set the tenant or write', async () => {
    await fixture.admin('grant insert on invoices to sallyport_query');
    expect(await open()).toMatch(/"sallyport_query" may write to invoices: /);
    await fixture.admin('revoke insert on invoices from sallyport_query');
    await fixture.admin('grant execute on function pg_catalog.set_config(text, text, boolean) to public');
    expect(await open()).toMatch(/"sallyport_query" may call set_config\(text,text,boolean\)/);
    await fixture.admin('revoke execute on function pg_catalog.set_config(text, text, boolean) from public');
  });

  it('refuses a schema of the framework that is older or not whole, and lets a newer one pass', async () => {
    const newest = "select name from sallyport.migrations where name > '0002' order by name";
    const later = (await fixture.admin(newest)).map(({ name }) => name as string);
    await fixture.admin("insert into sallyport.migrations (name, sha256) values ('9999-later.sql', '')");
    expect(await open()).toBe('opened');
    await fixture.admin("delete from sallyport.migrations where name > '0002-audit.sql'");
    expect(await open()).toContain(
      `the schema of the framework is older than this package, without ${later.slice(1).join(', ')}: run "npx sallyport-postgres init --apply"`,
    );
    await fixture.admin('alter table sallyport.migrations rename to elsewhere');
    expect(await open()).toContain(
      'the schema of the framework is older than this package, or not for this login: run "npx',
    );
    await fixture.admin('alter table sallyport.elsewhere rename to migrations');
    for (const name of later)
      await fixture.admin('insert into sallyport.migrations values ($1, $2) on conflict do nothing', [name, '']);
    await fixture.admin(
      'alter function sallyport.record_usage rename to kept; alter table sallyport.audit_entries rename to entries',
    );
    expect(await open()).toContain(
      'the schema of the framework has lost sallyport.audit_entries, sallyport.record_usage: restore it',
    );
    await fixture.admin(
      'alter function sallyport.kept rename to record_usage; alter table sallyport.entries rename to audit_entries',
    );
    expect(await open()).toBe('opened');
  });

  it('says which table is missing, and what makes it', async () => {
    await fixture.admin('alter table invoices rename to gone');
    expect(await open()).toMatch(/invoices is missing: run "npx sallyport-postgres init --apply"/);
    await fixture.admin('alter table gone rename to invoices');
  });
});
