import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pgliteLease } from './pglite-lease.js';
import type { PGliteServer } from './pglite-server.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function leased() {
  const ran: string[] = [];
  const server = {
    run: async (text: string) => {
      ran.push(text);
      return { columns: [], rows: [], command: text, affectedRows: 0 };
    },
    endStatement: () => ran.push('restart'),
  };
  const lease = pgliteLease(server as unknown as PGliteServer, { clears: false, giveBack: () => ran.push('back') });
  return { lease, ran };
}

test('once the database was restarted under a lease, nothing of that lease runs in it, and it is not said to be saved', async () => {
  const { lease, ran } = leased();
  lease.interrupt();
  vi.advanceTimersByTime(1_000);
  await expect(lease.session.script('select 1')).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(lease.session.statement('select 1')).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(lease.commit()).rejects.toMatchObject({ kind: 'unavailable' });
  expect(ran).toEqual(['restart', 'back']);
});

test('the database is not restarted during a COMMIT, whatever was interrupted before', async () => {
  const { lease, ran } = leased();
  lease.interrupt();
  await lease.commit();
  vi.advanceTimersByTime(10_000);
  expect(ran).toEqual(['COMMIT', 'back']);
});
