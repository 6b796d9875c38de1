import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientNames, clients } from './support/clients.js';
import { codeOf } from './support/example-calls.js';
import { databases, type ExampleOn, exampleOn, realPostgres } from './support/example-on.js';

describe.each(databases)('the example on %s', (name) => {
  let example: ExampleOn;

  beforeAll(async () => {
    example = await exampleOn(name);
  });
  afterAll(() => example.close());

  test.each(clientNames)('a token of one tenant sees no row of another, whatever the arguments: %s', async (name) => {
    const globex = await example.connect(name, `spy-${clientNames.indexOf(name)}`, { tenant: 'globex' });
    const sql = "select count(*)::int as n from invoices where tenant_id = 'acme' or customer_id = 1";
    const counted = await globex.call('run_query', { sql });
    expect(counted.structuredContent).toMatchObject({ rows: [[0]] });
    expect(await globex.call('list_invoices', { customer_id: 1 })).toMatchObject({
      structuredContent: { invoices: [] },
    });
    const invoice = { customer_id: 1, amount_cents: 1, currency: 'EUR' };
    expect(codeOf(await globex.call('create_invoice', invoice))).toBe('INVALID_INPUT');
    const refund = { order_id: 1, amount_cents: 1, idempotency_key: 'spy' };
    expect(codeOf(await globex.call('refund_order', refund))).toBe('INVALID_INPUT');
  });

  test('a caller of the plan free has a budget of 50 a day, and is told when it is spent', async () => {
    const free = await example.connect('2.x client, 2026-07-28', 'tester', { plan: 'free' });
    for (let call = 0; call < 50; call++) expect((await free.call('list_tables')).isError).not.toBe(true);
    expect(codeOf(await free.call('list_tables'))).toBe('BUDGET_EXHAUSTED');
    const paying = await example.connect('2.x client, 2026-07-28', 'payer', { plan: 'pro' });
    for (let call = 0; call < 51; call++) expect((await paying.call('list_tables')).isError).not.toBe(true);
  });

  test.each(clientNames)('a report beyond its deadline is answered on time: %s', async (name) => {
    const connected = await example.connect(name, `reporter-${clientNames.indexOf(name)}`);
    // Waits until the database is free of what was cut off before.
    await connected.call('list_tables');
    const startedAt = performance.now();
    const late = await connected.call('slow_report', { seconds: 3 }, { 'dev.sallyport/timeoutMs': 1_000 });
    const took = performance.now() - startedAt;
    expect(codeOf(late)).toBe('TOOL_TIMEOUT');
    expect(took).toBeGreaterThan(950);
    expect(took).toBeLessThan(2_000);
  });

  test.each(clientNames)(
    'without a good token nothing is answered, and a read token writes nothing: %s',
    async (name) => {
      for (const token of ['', 'nonsense', 'a.b.c']) {
        const refused = clients[name]({ url: example.url, token }).then((client) => client.listTools());
        await expect(refused, token).rejects.toThrow(/401|unauthorized|invalid.token/i);
      }
      const reader = await example.connect(name, 'reader', { scope: 'mcp:tools:read' });
      expect((await reader.call('list_tables')).isError).not.toBe(true);
      const invoice = { customer_id: 1, amount_cents: 1, currency: 'EUR', memo: `by a reader, ${name}` };
      await expect(reader.call('create_invoice', invoice)).rejects.toThrow(/mcp:tools:write|403/);
      const sql = `select count(*)::int from invoices where memo = '${invoice.memo}'`;
      expect(await reader.call('run_query', { sql })).toMatchObject({ structuredContent: { rows: [[0]] } });
    },
  );

  if (name !== realPostgres)
    test('where a query cannot be cancelled, its slot is free only when it has ended', async () => {
      const connected = await example.connect('2.x client, 2026-07-28', 'holder');
      // Waits until the database is free of what was cut off before.
      await connected.call('list_tables');
      const late = await connected.call('slow_report', { seconds: 3 }, { 'dev.sallyport/timeoutMs': 500 });
      expect(codeOf(late)).toBe('TOOL_TIMEOUT');
      // The report still sleeps in the database and holds one of five slots; four calls wait behind it and hold the rest.
      const waiting = Array.from({ length: 4 }, () => connected.call('list_tables'));
      const refused = await connected.call('list_tables');
      expect(refused.content[0]?.text).toMatch(/^RATE_LIMITED: 5 calls at once reached for this agent\./);
      for (const answer of await Promise.all(waiting)) expect(answer.isError).not.toBe(true);
      const free = await Promise.all(Array.from({ length: 5 }, () => connected.call('list_tables')));
      for (const answer of free) expect(answer.isError).not.toBe(true);
    });

  if (name === realPostgres)
    test('a report that is cut off is cancelled in the database', async () => {
      const connected = await example.connect('1.x client', 'impatient');
      await connected.call('slow_report', { seconds: 30 }, { 'dev.sallyport/timeoutMs': 300 });
      const sleeping = () =>
        example.database?.query(
          "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid() and datname = current_database()",
        );
      await expect.poll(sleeping, { timeout: 1_000 }).toEqual([]);
    });

  if (name === realPostgres)
    test('migrating again changes nothing', async () => {
      const count = () =>
        example.database?.query(
          'select (select count(*) from invoices) as invoices, (select count(*) from customers) as customers',
        );
      const before = await count();
      await example.database?.migrate();
      expect(await count()).toEqual(before);
    });
});
