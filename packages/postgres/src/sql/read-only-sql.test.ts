import { errorOf } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { asking, shopStack } from '../../test-rig/shop-tools.js';
import { readOnlySql } from './read-only-sql.js';

onEveryDatabase((shop) => {
  const run = (sql: string, tenant = 'acme') =>
    readOnlySql(shopStack(shop.current), { maxRows: 5, limits: {} }).call(asking(tenant, { sql }));

  test('a query reads the rows of the caller’s tenant', async () => {
    const sql = 'select distinct tenant_id from invoices';
    expect((await run(sql)).structuredContent).toEqual({ columns: ['tenant_id'], rows: [['acme']], truncated: false });
    expect((await run(sql, 'globex')).structuredContent).toMatchObject({ rows: [['globex']] });
  });

  test('what is cut off says how to go on', async () => {
    const { structuredContent } = await run('select n from generate_series(1, 9) n');
    expect(structuredContent).toMatchObject({ truncated: true, rows: [[1], [2], [3], [4], [5]] });
    expect((structuredContent as { hint: string }).hint).toMatch(/OFFSET 5/);
  });

  test.each([
    ['select pg_sleep(1)', /pg_sleep is not allowed in a query\. Queries do not wait/],
    ['select 1; select 2', /Only one SELECT can be run/],
    ['select nothing from nowhere', /relation "nowhere" does not exist/],
    ['select 1 / 0', /division by zero/],
  ])('%s is answered INVALID_INPUT, in words that can be acted on', async (sql, message) => {
    const answer = await run(sql);
    expect(errorOf(answer)?.code).toBe('INVALID_INPUT');
    expect(answer.content?.[0]?.text).toMatch(message);
  });
});
