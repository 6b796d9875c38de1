import { describe, expect, test } from 'vitest';
import { answered } from '../test-rig/answered.js';
import { escapes } from '../test-rig/escapes.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { type SeededLogin, seededLogins } from './seeded-logins.js';
import { askWritten } from './written-sql.js';

const texts = [...escapes, ...answered];
const ask = (asked: readonly string[], seeded?: SeededLogin) => onShop((shop) => askWritten(shop, asked, seeded));
const clean = { broken: [], foreign: [], written: [], left: [] };

describe.skipIf(!postgresAnswers)('the written escapes', () => {
  test('are more than 200, show no foreign row, write nothing, and leave no lock and no setting', async () => {
    expect(escapes.length).toBeGreaterThan(200);
    expect(await ask(texts)).toEqual({ asked: texts.length, ...clean });
  });

  test.each([
    [
      'may set the tenant',
      'foreign',
      "values (set_config('app.tenant', 'globex', true)), ((select string_agg(memo, ',') from invoices))",
    ],
    ['may lock, on connections that are not cleared', 'left', 'select pg_try_advisory_lock(1)'],
    ['may count, in transactions that are not READ ONLY', 'written', "select nextval('invoices_id_seq')"],
    ['owns a table without FORCE', 'foreign', 'table invoices'],
    [
      'sends queries on the simple protocol, without a cursor',
      'foreign',
      "commit; begin; set local app.tenant = 'globex'; select * from invoices",
    ],
  ] as const)('find a login that %s: %s with %s', async (bug, finds, text) => {
    expect(texts).toContain(text);
    expect(await ask([text], seededLogins[bug])).toEqual({ asked: 1, ...clean, [finds]: [text] });
  });

  test.each([
    ['may lock', 'select pg_try_advisory_lock(1)'],
    ['may count', "select nextval('invoices_id_seq')"],
  ] as const)('come to nothing where a login %s and all else is as it was', async (bug, text) => {
    expect(await ask([text], seededLogins[bug])).toEqual({ asked: 1, ...clean });
  });
});
