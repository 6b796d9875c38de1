import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type ClientName, clientNames, clients, type TestClient } from './support/clients.js';
import { type ExampleServer, emptyFolder, startExample, stdioTarget } from './support/example-server.js';
import { createDatabase, postgresAnswers, type TestDatabase } from './support/postgres-database.js';

const toolNames = [
  'list_tables',
  'describe_table',
  'run_query',
  'list_invoices',
  'create_invoice',
  'refund_order',
  'slow_report',
];

/** One call of every tool, with what is the same in every answer. */
const calls = [
  ['list_tables', {}],
  ['describe_table', { table: 'invoices' }],
  ['run_query', { sql: 'select id, tenant_id from customers order by id' }],
  ['list_invoices', { customer_id: 1, limit: 2 }],
  ['create_invoice', { customer_id: 1, amount_cents: 1250, currency: 'EUR', memo: 'seen by a client' }],
  ['refund_order', { order_id: 1, amount_cents: 1, idempotency_key: 'refund-once' }],
  ['slow_report', { seconds: 0 }],
  ['run_query', { sql: 'select nothing from nowhere' }],
  ['describe_table', { table: 7 }],
] as const;

function code(answer: Answer): unknown {
  return (answer._meta?.['dev.sallyport/error'] as { code?: unknown } | undefined)?.code;
}

/** What differs from one run to the next, taken out. */
function stable(answer: Answer): unknown {
  return JSON.parse(
    JSON.stringify({
      content: answer.content,
      structuredContent: answer.structuredContent,
      isError: answer.isError === true,
    })
      .replaceAll(/\\"id\\":\d+|"id":\d+/g, 'ID')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\\"invoices\\":\d+|"invoices":\d+/g, (count) => count.replace(/\d+/, '0'))
      .replaceAll('ID,', ''),
  );
}

const databases = ['the embedded database', ...((await postgresAnswers()) ? ['a real Postgres'] : [])];

describe.each(databases)('the example on %s', (name) => {
  const onPostgres = name === 'a real Postgres';
  let server: ExampleServer;
  let database: TestDatabase | undefined;
  const open: TestClient[] = [];

  beforeAll(async () => {
    database = onPostgres ? await createDatabase() : undefined;
    server = await startExample(database?.env);
  });

  afterAll(async () => {
    for (const client of open) await client.close();
    await server.stop();
    await database?.drop();
  });

  async function connect(client: ClientName, agent: string, options: { tenant?: string; scope?: string } = {}) {
    const { tenant = 'acme', ...scope } = options;
    const connected = await clients[client]({
      url: server.url,
      token: await server.token(tenant, { agent, ...scope }),
    });
    open.push(connected);
    return connected;
  }

  test('every official client lists the same tools, in the same order, each with an output schema', async () => {
    for (const client of clientNames) {
      const tools = await (await connect(client, 'lister')).listTools();
      expect(tools.map((tool) => tool.name)).toEqual(toolNames);
      expect(tools.every((tool) => tool.outputSchema !== undefined)).toBe(true);
    }
  });

  test('every tool answers every official client alike', async () => {
    const answers = [];
    for (const client of clientNames) {
      const connected = await connect(client, 'caller');
      await connected.listTools();
      const seen = [];
      for (const [tool, args] of calls) seen.push(stable(await connected.call(tool, { ...args })));
      answers.push(seen);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0]).toHaveLength(calls.length);
  });

  test('a token of one tenant sees no row of another, whatever the arguments', async () => {
    const globex = await connect('1.x client', 'spy', { tenant: 'globex' });
    const sql = "select count(*)::int as n from invoices where tenant_id = 'acme' or customer_id = 1";
    const counted = await globex.call('run_query', { sql });
    expect(counted.structuredContent).toMatchObject({ rows: [[0]] });
    expect(await globex.call('list_invoices', { customer_id: 1 })).toMatchObject({
      structuredContent: { invoices: [] },
    });
    const invoice = { customer_id: 1, amount_cents: 1, currency: 'EUR' };
    expect(code(await globex.call('create_invoice', invoice))).toBe('INVALID_INPUT');
    const refund = { order_id: 1, amount_cents: 1, idempotency_key: 'spy' };
    expect(code(await globex.call('refund_order', refund))).toBe('INVALID_INPUT');
  });

  test('the incident: a rogue agent is held to 60 a minute and the other agent notices nothing', async () => {
    const rogues = await Promise.all(Array.from({ length: 10 }, () => connect('1.x client', 'rogue')));
    const calm = await connect('2.x client, 2026-07-28', 'calm');
    const rogueAnswers: Answer[] = [];
    let started = 0;
    const hammer = async (rogue: TestClient) => {
      while (started < 2_000) {
        started++;
        rogueAnswers.push(await rogue.call('list_tables'));
      }
    };
    const calmAnswers: Answer[] = [];
    const work = async () => {
      for (let i = 0; i < 20; i++) calmAnswers.push(await calm.call('list_invoices', { limit: 2 }));
    };
    await Promise.all([...Array.from({ length: 50 }, (_, lane) => hammer(rogues[lane % 10] as TestClient)), work()]);

    expect(rogueAnswers).toHaveLength(2_000);
    const admitted = rogueAnswers.filter((answer) => answer.isError !== true);
    expect(admitted).toHaveLength(60);
    const refused = rogueAnswers.filter((answer) => answer.isError === true);
    expect(new Set(refused.map(code))).toEqual(new Set(['RATE_LIMITED']));
    const last = refused.at(-1)?.content[0]?.text ?? '';
    expect(last).toMatch(/^RATE_LIMITED: 60 calls per minute reached for this agent\. Try again in \d+ seconds\.$/);
    expect(calmAnswers).toHaveLength(20);
    expect(calmAnswers.filter((answer) => answer.isError === true)).toEqual([]);
  }, 120_000);

  test('50 calls with one idempotency key make one invoice; other arguments are a conflict', async () => {
    const args = {
      customer_id: 1,
      amount_cents: 777,
      currency: 'EUR',
      memo: `once on ${name}`,
      idempotency_key: 'once',
    };
    const connected = await connect('2.x client, 2025-era', 'payer');
    const until = async (): Promise<Answer> => {
      const answer = await connected.call('create_invoice', args);
      return code(answer) === 'RATE_LIMITED' || code(answer) === 'IDEMPOTENCY_IN_PROGRESS' ? answer : answer;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, until));
    const done = answers.filter((answer) => answer.isError !== true);
    expect(done.length).toBeGreaterThan(0);
    const ids = new Set(done.map((answer) => (answer.structuredContent as { id: number }).id));
    expect(ids.size).toBe(1);
    for (const answer of answers.filter((each) => each.isError === true)) {
      expect(['RATE_LIMITED', 'IDEMPOTENCY_IN_PROGRESS']).toContain(code(answer));
    }
    const sql = `select count(*)::int from invoices where memo = 'once on ${name}'`;
    expect(await connected.call('run_query', { sql })).toMatchObject({ structuredContent: { rows: [[1]] } });
    const conflict = await connected.call('create_invoice', { ...args, amount_cents: 778 });
    expect(code(conflict)).toBe('IDEMPOTENCY_CONFLICT');
    expect(JSON.stringify(conflict)).not.toContain('777');
  });

  test('a report beyond its deadline is answered on time', async () => {
    const connected = await connect('1.x client', 'reporter');
    const startedAt = performance.now();
    const late = await connected.call('slow_report', { seconds: 3 }, { 'dev.sallyport/timeoutMs': 1_000 });
    const took = performance.now() - startedAt;
    expect(code(late)).toBe('TOOL_TIMEOUT');
    expect(took).toBeGreaterThan(950);
    expect(took).toBeLessThan(2_000);
  });

  if (!onPostgres)
    test('where a query cannot be cancelled, its slot is free only when it has ended', async () => {
      const connected = await connect('2.x client, 2026-07-28', 'holder');
      // Waits until the database is free of what was cut off before.
      await connected.call('list_tables');
      const late = await connected.call('slow_report', { seconds: 3 }, { 'dev.sallyport/timeoutMs': 500 });
      expect(code(late)).toBe('TOOL_TIMEOUT');
      // The report still sleeps in the database and holds one of five slots; four calls wait behind it and hold the rest.
      const waiting = Array.from({ length: 4 }, () => connected.call('list_tables'));
      const refused = await connected.call('list_tables');
      expect(refused.content[0]?.text).toMatch(/^RATE_LIMITED: 5 calls at once reached for this agent\./);
      for (const answer of await Promise.all(waiting)) expect(answer.isError).not.toBe(true);
      const free = await Promise.all(Array.from({ length: 5 }, () => connected.call('list_tables')));
      for (const answer of free) expect(answer.isError).not.toBe(true);
    });

  if (onPostgres)
    test('a report that is cut off is cancelled in the database', async () => {
      const connected = await connect('1.x client', 'impatient');
      await connected.call('slow_report', { seconds: 30 }, { 'dev.sallyport/timeoutMs': 300 });
      const sleeping = () =>
        database?.query(
          "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid() and datname = current_database()",
        );
      await expect.poll(sleeping, { timeout: 1_000 }).toEqual([]);
    });

  if (onPostgres)
    test('migrating again changes nothing', async () => {
      const count = () =>
        database?.query(
          'select (select count(*) from invoices) as invoices, (select count(*) from customers) as customers',
        );
      const before = await count();
      await database?.migrate();
      expect(await count()).toEqual(before);
    });
});

describe('the example over stdio', () => {
  test.each(clientNames)(
    '%s: list and call every tool',
    async (name) => {
      const client = await clients[name](stdioTarget(await emptyFolder()));
      try {
        expect((await client.listTools()).map((tool) => tool.name)).toEqual(toolNames);
        for (const [tool, args] of calls.slice(0, 7)) {
          const answer = await client.call(tool, { ...args });
          expect(answer, tool).toMatchObject({ structuredContent: expect.anything() });
        }
      } finally {
        await client.close();
      }
      // The 2.x client starts the program twice, and each start makes a database.
    },
    120_000,
  );
});
