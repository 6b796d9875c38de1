import { type Principal, ToolError, type ToolFacts } from '@sallyport/core';
import { FakeClock, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test } from 'vitest';
import type { Database } from '../database.js';
import { auditDenials, type DenialAudit } from './audit-denials.js';

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

describe('what is refused before it is a call', () => {
  const pay = { name: 'pay', version: '3' } as ToolFacts;
  /** What the tenant-less entries are after these refusals. */
  const nobodys = async (...refusals: Parameters<DenialAudit['onRefusal']>[0][]) => {
    const { state, entries, database } = failingDatabase();
    state.away = false;
    const audit = auditDenials(database, () => {}, { clock: new FakeClock() });
    for (const refusal of refusals) audit.onRefusal(refusal);
    await audit.close();
    return entries;
  };

  test('of nobody is one entry for each code, however many there were', async () => {
    const codes = ['UNAUTHENTICATED', 'RATE_LIMITED'] as const;
    const flood = Array.from({ length: 10_000 }, (_, i) => ({ code: codes[i % 2] ?? codes[0] }));
    expect(await nobodys(...flood)).toEqual(
      codes.map((code) => ({ kind: 'denied', tool: '*', version: '*', code, count: 5_000 })),
    );
  });

  const { tenant: _, ...without } = testPrincipal();
  const tenantless: Principal[] = ['a/b', '', 'x'.repeat(129), '\u0000'].map((tenant) => testPrincipal({ tenant }));
  test.each([without, ...tenantless])(
    'of a caller whose tenant is no name is in no tenant’s trail: $tenant',
    async (principal) => {
      const { subject: agent, issuer } = principal;
      expect(await nobodys({ code: 'INSUFFICIENT_SCOPE', principal, tool: pay })).toEqual([
        { kind: 'denied', agent, issuer, tool: 'pay', version: '3', code: 'INSUFFICIENT_SCOPE', count: 1 },
      ]);
    },
  );

  test('is counted together with what the stack denied of the same kind', async () => {
    const { state, entries, database } = failingDatabase();
    state.away = false;
    const audit = auditDenials(database, () => {}, { clock: new FakeClock() });
    audit.report(denied('RATE_LIMITED'));
    audit.onRefusal({ code: 'RATE_LIMITED', tool: { name: 'pay', version: '1' } as ToolFacts });
    await audit.close();
    expect(entries).toMatchObject([{ tool: 'pay', code: 'RATE_LIMITED', count: 2 }]);
  });
});
