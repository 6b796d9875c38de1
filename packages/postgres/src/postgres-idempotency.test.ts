import { setTimeout as wait } from 'node:timers/promises';
import { idempotencyStoreContract } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { contractStores } from '../test-rig/contract-stores.js';
import { onEveryDatabase } from '../test-rig/kinds-of-database.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { DatabaseError } from './database-error.js';
import { forgetOldKeys } from './forget-old-keys.js';

onEveryDatabase((shop) => {
  const fresh = contractStores(() => shop.current);
  for (const { title, prove } of idempotencyStoreContract(fresh)) test(title, prove);

  test('keys whose retention is over are forgotten, and claims whose holder vanished turn unknown, not free', async () => {
    const { store } = fresh();
    const ask = { tenant: 'acme', fingerprint: 'f', leaseMs: 1, retentionMs: 60_000 };
    const old = await store.claim({ ...ask, key: 'old', retentionMs: 1 });
    if (old.state !== 'claimed') throw new Error(old.state);
    await store.settle({ tenant: 'acme', key: 'old', token: old.token }, 'result');
    await store.claim({ ...ask, key: 'lost' });
    await wait(20);
    expect(await forgetOldKeys(shop.current)).toBeGreaterThanOrEqual(1);
    expect(await store.claim({ ...ask, key: 'old' })).toMatchObject({ state: 'claimed' });
    expect(await store.claim({ ...ask, key: 'lost' })).toMatchObject({ state: 'unknown' });
  });

  test('a claim waits for a connection no longer than its caller does', async () => {
    const gauge = (name: string) =>
      shop.current.measures().find((each) => each.name === name && each.labels.login === 'app')?.value;
    const held = await Promise.all(
      Array.from({ length: gauge('capacity') ?? 0 }, () => shop.current.open(scopeFor('acme'))),
    );
    const { store } = fresh();
    const ask = { tenant: 'acme', fingerprint: 'f', leaseMs: 1_000, retentionMs: 60_000 };
    const patient = store.claim({ ...ask, key: 'patient' });
    await expect(store.claim({ ...ask, key: 'hasty', waitMs: 20 })).rejects.toBeInstanceOf(DatabaseError);
    expect(gauge('waiting')).toBe(1);
    await Promise.all(held.map((transaction) => transaction.rollback()));
    expect(await patient).toMatchObject({ state: 'claimed' });
  });

  test('handlers cannot read keys and results, nor call what only the framework calls as another role', async () => {
    const run = shop.current.transaction(scopeFor('acme'), (sql) => sql('select * from sallyport.idempotency'));
    await expect(run).rejects.toMatchObject({ sqlState: '42501' });
    const limits = { maxRows: 1, maxBytes: 1_000 };
    const query = shop.current.query(scopeFor('acme'), "select * from sallyport.begin_effect('a', 'b')", limits);
    await expect(query).rejects.toMatchObject({ sqlState: '42501' });
  });
});
