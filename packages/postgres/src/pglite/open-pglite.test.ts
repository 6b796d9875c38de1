import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseSuite } from '../../test-rig/database-suite.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { shop } from '../../test-rig/shop.js';
import type { Database } from '../database.js';
import { openPGlite } from './open-pglite.js';

describe('the embedded database', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openPGlite(shop);
  });
  afterAll(() => database.close());

  databaseSuite(() => database);

  it('answers a ping, and lets a waiting call leave at its abort or deadline, while a statement blocks it', async () => {
    const limits = { maxRows: 1, maxBytes: 1_000 };
    const begun = performance.now();
    const blocking = database.transaction(scopeFor('acme'), (sql) => sql('select pg_sleep(1)'));
    const abort = new AbortController();
    const waiting = database.query(scopeFor('acme', { signal: abort.signal }), 'select 1', limits);
    const late = database.query(scopeFor('acme', { remainingMs: () => 100 }), 'select 1', limits);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
    await database.ping(new AbortController().signal);
    expect(performance.now() - begun).toBeLessThan(900);
    await blocking;
  });

  it('settles an aborted transaction when its statement has ended, rolled back', async () => {
    const abort = new AbortController();
    const begun = performance.now();
    const run = database.transaction(scopeFor('acme', { signal: abort.signal }), async (sql) => {
      queueMicrotask(() => abort.abort());
      await sql('select pg_sleep(0.5)');
    });
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
    const slept = await database
      .transaction(scopeFor('acme', { remainingMs: () => 200 }), (sql) => sql('select pg_sleep(0.4)'))
      .catch((error) => error);
    expect(slept).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - begun).toBeGreaterThan(380);
  });

  it.each([
    'select count(*) from generate_series(1, 1000000000000)',
    'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b',
    'select * from invoices a, invoices b, invoices c, invoices d, invoices e, invoices f, invoices g, invoices h order by 1',
    'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t',
  ])('refuses what it could not stop: %s', async (text) => {
    await expect(database.query(scopeFor('acme'), text, { maxRows: 1, maxBytes: 1_000 })).rejects.toMatchObject({
      kind: 'query_refused',
    });
  });
});

describe('an embedded database that has stopped', () => {
  it('fails every call, and its ping', async () => {
    const database = await openPGlite(shop);
    await database.close();
    await expect(database.transaction(scopeFor('acme'), (sql) => sql('select 1'))).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await expect(database.ping(new AbortController().signal)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
