import { expect, test } from 'vitest';
import { DatabaseError } from '../database-error.js';
import type { Driver } from '../driver.js';
import { checkLogin } from './check-login.js';

test('a server that does not go on is said not to answer in time, and nobody is sent to set it up', async () => {
  const stalled = new DatabaseError('timeout', 'the time left for the database ran out');
  const driver = { lease: () => Promise.reject(stalled) } as unknown as Driver;
  const rules = { tables: [], exempt: [], tenantColumn: 'tenant_id', setUpWith: 'migrate' };
  await expect(checkLogin(driver, 'app', rules)).rejects.toMatchObject({
    kind: 'unavailable',
    message:
      'the database did not answer in time (the time left for the database ran out): can DATABASE_URL be reached from here, and is it not stuck?',
  });
});
