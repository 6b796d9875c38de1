import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { setUpPostgres } from '../pg/set-up-postgres.js';
import { withSession } from '../pg/with-session.js';
import { scriptsInTransaction } from './scripts-in-transaction.js';

describe.skipIf(!postgresAnswers)('set-up of a database at work', () => {
  const fixture = usePostgres();
  /** Runs `work` while somebody has read invoices and goes on. */
  const beside = async (work: (end: () => Promise<unknown>) => Promise<void>): Promise<void> => {
    const reader = new pg.Client({ connectionString: fixture.adminUrl });
    await reader.connect();
    try {
      await reader.query('begin; select count(*) from invoices');
      await work(() => reader.query('rollback'));
    } finally {
      await reader.end();
    }
  };
  const read = () => fixture.admin("set lock_timeout = '2s'; select count(*) from invoices");

  it('waits for nobody where all is as it should be', async () => {
    await beside(async () => expect(await fixture.setUp()).toEqual([]));
  });

  it('waits for a table that is to be changed, and nobody waits behind it for long', async () => {
    await fixture.admin('alter table invoices no force row level security');
    await beside(async (end) => {
      const setting = setUpPostgres(fixture.adminUrl, { tables: [{ name: 'invoices', allow: ['insert'] }] });
      const waits = async () =>
        (await fixture.admin("select 1 from pg_locks where relation = 'invoices'::regclass and not granted")).length;
      while ((await waits()) === 0);
      await read();
      await end();
      await setting;
    });
    await (await fixture.open()).close();
  });

  it('gives up after its attempts, with nothing changed, and says why', async () => {
    await beside(async () => {
      const scripts = ['alter table orders add note text', 'alter table invoices add note text'];
      const run = withSession(fixture.adminUrl, 'test', (session) =>
        scriptsInTransaction(session, scripts, { attempts: 2, pauseMs: 1 }),
      );
      await expect(run).rejects.toThrow(
        'a table was in use each of 2 times: end the transaction that reads or writes it',
      );
    });
    expect(await fixture.admin("select 1 from pg_attribute where attname = 'note'")).toEqual([]);
  });
});
