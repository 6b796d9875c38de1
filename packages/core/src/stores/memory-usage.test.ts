import { usageStoreContract } from '@sallyport/testkit';
import { describe, expect, test } from 'vitest';
import { memoryUsage } from './memory-usage.js';

const today = '2026-11-26';
const bounds = { maxRows: 100, retentionDays: 50 };

describe('memoryUsage keeps the contract of every usage store', () => {
  const utcNow = () => Date.parse(`${today}T12:00:00Z`);
  const fresh = () => ({ store: memoryUsage({ ...bounds, utcNow }), today, ...bounds });
  for (const { title, prove } of usageStoreContract(fresh)) test(title, prove);
});

test('rows of all days and tenants together stay below maxRows, and forgotten days make room', async () => {
  let now = Date.parse(today);
  const store = memoryUsage({ maxRows: 10, retentionDays: 2, utcNow: () => now });
  const took = { calls: 1, handlerMs: 1, inputTokens: 1, outputTokens: 1, cost: 1 };
  let number = 0;
  const record = (day: string, tenant: string) =>
    store.record({
      source: 's',
      number: ++number,
      day,
      entries: [{ tenant, issuer: 'i', agent: 'a', tool: 't', ...took }],
    });
  for (let tenant = 0; tenant < 50; tenant++) await record(today, `${tenant}`);
  const read = (day: string) => store.read({ from: day, to: day, by: 'tenant', top: 100 });
  expect(await read(today)).toHaveLength(11);
  expect((await read(today))[0]).toMatchObject({ tenant: '*', calls: 40 });
  now += 86_400_000;
  await record('2026-11-27', 'late');
  expect(await read('2026-11-27')).toMatchObject([{ tenant: '*' }]);
  now += 86_400_000;
  await record('2026-11-28', 'later');
  expect(await read('2026-11-28')).toMatchObject([{ tenant: 'later' }]);
});
