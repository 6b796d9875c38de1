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
  const open = (options: { url?: string; queryUrl?: string } = {}) =>
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

  it("refuses a view that shows tenants with its owner's rights", async () => {
    await fixture.admin('create view peek as select * from invoices; grant select on peek to sallyport_app');
    expect(await open()).toMatch(/REVOKE SELECT ON peek FROM "sallyport_app"/);
    await fixture.admin('alter view peek set (security_invoker = true)');
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

  it('says which table is missing, and what makes it', async () => {
    await fixture.admin('alter table invoices rename to gone');
    expect(await open()).toMatch(/invoices is missing: run "npx sallyport-postgres init --apply"/);
    await fixture.admin('alter table gone rename to invoices');
  });
});
