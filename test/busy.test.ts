import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type ClientName, clients, type TestClient } from './support/clients.js';
import { codeOf } from './support/example-calls.js';
import { type ExampleServer, startExample } from './support/example-server.js';
import { send } from './support/raw-http.js';

// The embedded database has one session and cannot cancel a statement: what the server promises all the same.

const endless = { sql: 'select count(*) from generate_series(1, (select 1000000000000))' };
let server: ExampleServer;
const open: TestClient[] = [];

beforeAll(async () => {
  server = await startExample();
});
afterAll(async () => {
  for (const client of open) await client.close();
  await server.stop();
});

async function connect(client: ClientName, tenant: string, agent: string): Promise<TestClient> {
  const connected = await clients[client]({ url: server.url, token: await server.token(tenant, { agent }) });
  open.push(connected);
  return connected;
}

/** An answer and how long it took. */
async function timed(call: Promise<Answer>): Promise<{ answer: Answer; tookMs: number }> {
  const startedAt = performance.now();
  const answer = await call;
  return { answer, tookMs: performance.now() - startedAt };
}

async function expectHealthy(): Promise<void> {
  for (const path of ['/health', '/ready']) {
    const startedAt = performance.now();
    expect((await send(new URL(path, server.url).href, { method: 'GET' })).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  }
}

describe('while a statement of one tenant would never end', () => {
  test('it is answered at its deadline, health and readiness at once, and another tenant at its own deadline', async () => {
    const acme = await connect('1.x client', 'acme', 'endless');
    const globex = await connect('2.x client, 2026-07-28', 'globex', 'hurried');
    const running = timed(acme.call('run_query', endless, { 'dev.sallyport/timeoutMs': 1_000 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const hurried = timed(globex.call('list_tables', {}, { 'dev.sallyport/timeoutMs': 400 }));
    await expectHealthy();
    const { answer: refused, tookMs: waitedMs } = await hurried;
    expect(['TOOL_TIMEOUT', 'DEPENDENCY_UNAVAILABLE']).toContain(codeOf(refused));
    expect(waitedMs).toBeLessThan(1_400);
    const { answer, tookMs } = await running;
    expect(codeOf(answer)).toBe('TOOL_TIMEOUT');
    expect(tookMs).toBeGreaterThan(950);
    expect(tookMs).toBeLessThan(2_000);
    await expectHealthy();
  });

  test('the calls that wait go on soon after its deadline, and nothing that was committed is lost', async () => {
    const acme = await connect('2.x client, 2025-era', 'acme', 'endless-2');
    const globex = await connect('1.x client', 'globex', 'patient');
    const invoice = { customer_id: 2, amount_cents: 4_711, currency: 'EUR', idempotency_key: 'kept' };
    const created = await globex.call('create_invoice', invoice);
    for (let round = 0; round < 3; round++) {
      const running = acme.call('run_query', endless, { 'dev.sallyport/timeoutMs': 300 });
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { answer, tookMs } = await timed(globex.call('list_invoices', { after_id: 1_000 }));
      expect(codeOf(await running)).toBe('TOOL_TIMEOUT');
      const { id } = created.structuredContent as { id: number };
      expect(answer.structuredContent).toMatchObject({ invoices: [{ id, amount_cents: 4_711 }] });
      // 0.3 s, a second of grace, and a restart, on a busy machine.
      expect(tookMs).toBeLessThan(10_000);
    }
    expect(await globex.call('create_invoice', invoice)).toMatchObject({
      structuredContent: created.structuredContent,
      _meta: { 'dev.sallyport/replayed': true },
    });
  });

  test('a client that gives its calls less time than a wait for the database takes shuts nobody else out', async () => {
    const acme = await connect('1.x client', 'acme', 'endless-3');
    const hasty = await connect('2.x client, 2026-07-28', 'globex', 'hasty');
    const patient = await connect('1.x client', 'globex', 'patient-2');
    const running = acme.call('run_query', endless, { 'dev.sallyport/timeoutMs': 3_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const codes: unknown[] = [];
    for (let round = 0; round < 6; round++) {
      const few = Array.from({ length: 4 }, () => hasty.call('list_tables', {}, { 'dev.sallyport/timeoutMs': 40 }));
      codes.push(...(await Promise.all(few)).map(codeOf));
    }
    expect(codes.filter((code) => code === 'DEPENDENCY_UNAVAILABLE').length).toBeGreaterThanOrEqual(20);
    expect(codeOf(await patient.call('list_tables'))).toBeUndefined();
    await running;
  });

  test('a report of 60 seconds is answered after 5, and holds the database and its slot for little longer', async () => {
    const acme = await connect('2.x client, 2026-07-28', 'acme', 'reporter');
    const { answer, tookMs } = await timed(acme.call('slow_report', { seconds: 60 }));
    expect(codeOf(answer)).toBe('TOOL_TIMEOUT');
    expect(tookMs).toBeGreaterThan(4_900);
    expect(tookMs).toBeLessThan(6_500);
    const five = await timed(
      Promise.all(Array.from({ length: 4 }, () => acme.call('list_tables'))).then(([first]) => first as Answer),
    );
    expect(five.answer.isError).not.toBe(true);
    expect(five.tookMs).toBeLessThan(10_000);
    await expect.poll(async () => (await acme.call('list_tables')).isError).not.toBe(true);
  });
});
