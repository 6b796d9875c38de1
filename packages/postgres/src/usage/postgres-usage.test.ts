import { randomUUID } from 'node:crypto';
import { type UsageBatch, type UsageFailure, UsageMeter, type UsageStore, utcDay } from '@sallyport/core';
import { testPrincipal, usageStoreContract } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import type { Database } from '../database.js';
import { withSession } from '../pg/with-session.js';
import { postgresUsage } from './postgres-usage.js';
import { readUsage } from './read-usage.js';

const bounds = { maxRows: 100, retentionDays: 50 };
const took = { calls: 1, handlerMs: 5, inputTokens: 2, outputTokens: 3, cost: 1 };
const today = utcDay(Date.now());
const range = { from: utcDay(Date.now() - 86_400_000), to: utcDay(Date.now() + 86_400_000) };

describe.skipIf(!postgresAnswers)('usage', () => {
  const fixture = usePostgres();
  const read: UsageStore['read'] = (query) =>
    withSession(fixture.auditUrl, 'usage', (session) => readUsage(session, query));

  let database: Database;
  beforeAll(async () => {
    database = await fixture.open();
  });
  afterAll(() => database.close());
  const fresh = async () => {
    await fixture.admin('TRUNCATE sallyport.usage, sallyport.usage_sources');
    return { store: { ...postgresUsage(database, bounds), read }, today: utcDay(Date.now()), ...bounds };
  };

  describe('keeps the contract of every usage store', () => {
    for (const { title, prove } of usageStoreContract(fresh)) test(title, prove);
  });

  test('four instances that add to the same rows in any order never wait for each other in a circle', async () => {
    await fixture.admin('TRUNCATE sallyport.usage, sallyport.usage_sources');
    const databases = await Promise.all(Array.from({ length: 4 }, () => fixture.open({ max: 3 })));
    const agents = Array.from({ length: 30 }, (_, agent) => testPrincipal({ subject: `agent-${agent}` }));
    const failures: unknown[] = [];
    const onFailure = ({ cause }: UsageFailure) => failures.push(cause);
    const meters = databases.map((database) => new UsageMeter(postgresUsage(database), { onFailure }));
    for (let round = 0; round < 25; round++) {
      for (const [at, meter] of meters.entries()) {
        const echo = meter.tool('echo');
        for (const agent of at % 2 === 0 ? agents : agents.toReversed()) echo(agent, took);
      }
      await Promise.all(meters.map((meter) => meter.flush()));
    }
    expect(failures).toEqual([]);
    const rows = await read({ ...range, by: 'agent', top: 100 });
    expect(rows).toHaveLength(30);
    expect(rows.every(({ calls, cost }) => calls === 100 && cost === 100)).toBe(true);
    await Promise.all(databases.map((database) => database.close()));
  });

  test('old days are forgotten with the first batch of a day, by each instance once', async () => {
    await fixture.admin(`TRUNCATE sallyport.usage, sallyport.usage_sources`);
    await fixture.admin(
      `INSERT INTO sallyport.usage SELECT 'acme', current_date - ago, 'i', 'a', 't', 1, 1, 1, 1, 1
       FROM generate_series(0, 200) ago`,
    );
    const batch: UsageBatch = {
      source: randomUUID(),
      number: 1,
      day: today,
      entries: [{ tenant: 'acme', issuer: 'i', agent: 'b', tool: 't', ...took }],
    };
    await postgresUsage(database, { retentionDays: 30 }).record(batch);
    const [kept] = await fixture.admin('SELECT count(DISTINCT day)::int AS days FROM sallyport.usage');
    expect(kept?.days).toBeLessThanOrEqual(31);
    expect(kept?.days).toBeGreaterThanOrEqual(29);
  });

  test('handlers cannot read usage, nor change it other than by adding; the auditor reads it', async () => {
    for (const text of [
      'SELECT * FROM sallyport.usage',
      'DELETE FROM sallyport.usage',
      'UPDATE sallyport.usage SET cost = 0',
      'SELECT * FROM sallyport.usage_sources',
    ]) {
      const run = database.transaction(scopeFor('acme'), (sql) => sql(text));
      await expect(run, text).rejects.toMatchObject({ sqlState: '42501' });
    }
    await expect(read({ ...range, by: 'tool' })).resolves.toBeInstanceOf(Array);
    const change = withSession(fixture.auditUrl, 'usage', (session) =>
      session.statement('DELETE FROM sallyport.usage'),
    );
    await expect(change).rejects.toMatchObject({ sqlState: '42501' });
  });

  test.each<[bug: string, title: RegExp, right: string, wrong: string]>([
    ['a batch that is sent again counts again', /sent again adds nothing, also/, 'WHERE s.last < excluded.last', ''],
    ['what was there is written over', /adds up what comes later/, 'u.calls + excluded.calls', 'excluded.calls'],
    ['the bound is not kept', /rows stay bounded/, '> max_rows', '> max_rows + 1000'],
    ['old days are kept', /retention is over/, '- retention_days', '- 100000'],
  ])('the contract finds a seeded bug: %s', async (_, title, right, wrong) => {
    const [row] = await fixture.admin("SELECT pg_get_functiondef('sallyport.record_usage'::regproc) AS text");
    const text = String(row?.text);
    expect(text).toContain(right);
    await fixture.admin(text.replace(right, wrong));
    const broken = usageStoreContract(fresh).find((rule) => title.test(rule.title));
    try {
      await expect(broken?.prove()).rejects.toMatchObject({ name: 'AssertionError' });
    } finally {
      await fixture.admin(text);
    }
  });
});
