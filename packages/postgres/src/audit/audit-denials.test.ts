import { ToolError } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import type { Database } from '../database.js';
import { auditDenials } from './audit-denials.js';

/** A database that is away until it is told otherwise, and keeps what it is sent. */
function failingDatabase() {
  const entries: unknown[] = [];
  const state = { away: true };
  const framework: Database['framework'] = async (_text, params) => {
    if (state.away) throw new Error('away');
    entries.push(JSON.parse(String(params[1])));
    return { columns: [], rows: [], command: 'INSERT', affectedRows: 1 };
  };
  return { state, entries, database: { framework } as unknown as Database };
}

const denied = (code: 'POLICY_DENIED' | 'RATE_LIMITED') =>
  ({ error: new ToolError(code, 'No.'), errorId: 'e', call: { tool: { name: 'pay', version: '1' } } }) as never;

test('denials that cannot be written are kept, together with those that follow, until they can', async () => {
  const { state, entries, database } = failingDatabase();
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const audit = auditDenials(database, () => {}, { clock, lost: (error) => failures.push(error) });
  audit.report(denied('POLICY_DENIED'));
  await clock.advance(1_000);
  audit.report(denied('POLICY_DENIED'));
  audit.report(denied('RATE_LIMITED'));
  await clock.advance(1_000);
  expect([failures.length, entries]).toEqual([3, []]);
  state.away = false;
  await clock.advance(1_000);
  expect(entries).toMatchObject([
    { code: 'POLICY_DENIED', count: 2 },
    { code: 'RATE_LIMITED', count: 1 },
  ]);
  await audit.close();
  expect(entries).toHaveLength(2);
});

test('to close tries once more, and then lets go', async () => {
  const { entries, database } = failingDatabase();
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const audit = auditDenials(database, () => {}, { clock, lost: (error) => failures.push(error) });
  audit.report(denied('POLICY_DENIED'));
  await audit.close();
  await clock.advance(10_000);
  expect([failures.length, entries]).toEqual([1, []]);
});
