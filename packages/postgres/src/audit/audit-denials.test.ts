import { type Principal, ToolError, type ToolFacts } from '@sallyport/core';
import { ReplayedError } from '@sallyport/core/adapter';
import { FakeClock, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test } from 'vitest';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import type { Database } from '../database.js';
import { auditDenials, type DenialAudit } from './audit-denials.js';

/** A database that is away until it is told otherwise, and keeps what it is sent. */
function failingDatabase() {
  const entries: unknown[] = [];
  const state = { away: true };
  const framework: Database['framework'] = async (_text, params) => {
    if (state.away) throw new Error('away');
    entries.push(...JSON.parse(String(params[1])).map((entry: string) => JSON.parse(entry)));
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
  expect([failures.length, entries]).toEqual([2, []]);
  state.away = false;
  await clock.advance(1_000);
  expect(entries).toMatchObject([
    { code: 'POLICY_DENIED', count: 2 },
    { code: 'RATE_LIMITED', count: 1 },
  ]);
  await audit.close();
  expect(entries).toHaveLength(2);
});

test('a denial that is replayed was audited when it was decided', async () => {
  const { state, entries, database } = failingDatabase();
  state.away = false;
  const audit = auditDenials(database, () => {}, { clock: new FakeClock() });
  const replayed = new ReplayedError({ code: 'POLICY_DENIED', message: 'No.' }, {});
  audit.report({ ...(denied('POLICY_DENIED') as object), error: replayed } as never);
  audit.report(denied('POLICY_DENIED'));
  await audit.close();
  expect(entries).toMatchObject([{ code: 'POLICY_DENIED', count: 1 }]);
});

test('to close tries once more, and then lets go', async () => {
  const { entries, database } = failingDatabase();
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const audit = auditDenials(database, () => {}, { clock, lost: (error) => failures.push(error) });
  audit.report(denied('POLICY_DENIED'));
  await audit.close();
  await clock.advance(10_000);
  expect([String(failures), entries]).toEqual(['Error: 1 are lost: Error: away', []]);
  audit.report(denied('POLICY_DENIED'));
  await audit.close();
  expect([failures.length, clock.timers]).toEqual([2, 0]);
});

describe('to close with a database that answers nothing', () => {
  const kinds = 1_000;
  /** A trail with denials of as many tenants, and how often a write of them was begun. */
  function stalled() {
    const clock = new FakeClock();
    const failures: unknown[] = [];
    const begun: unknown[] = [];
    const never = (scope: unknown) => {
      begun.push(scope);
      return new Promise<never>(() => {});
    };
    const database = { framework: never, transaction: never } as unknown as Database;
    const audit = auditDenials(database, () => {}, { clock, lost: (error) => failures.push(error) });
    for (let i = 0; i < kinds; i++) {
      audit.onRefusal({ code: 'RATE_LIMITED', principal: testPrincipal({ tenant: `t-${i}` }) });
    }
    return { clock, failures, begun, audit };
  }

  test.each([
    ['before the first write', 0],
    ['while one is under way', 1_000],
  ])('takes 5 s in all, however much waits, and tells once how many are lost: %s', async (_, afterMs) => {
    const { clock, failures, begun, audit } = stalled();
    await clock.advance(afterMs);
    audit.onRefusal({ code: 'UNAUTHENTICATED' });
    let isClosed = false;
    const closed = audit.close().then(() => {
      isClosed = true;
    });
    await clock.advance(4_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect(isClosed).toBe(true);
    await closed;
    expect(failures.map(String)).toEqual([`Error: ${kinds + 1} are lost: the database did not answer in time`]);
    expect([begun.length, clock.timers]).toEqual([1, 0]);
  });
});

onEveryDatabase((shop) => {
  test('whatever an agent is called, its denials are written', async () => {
    const failures: unknown[] = [];
    const audit = auditDenials(shop.current, () => {}, { lost: (error) => failures.push(error) });
    const { tenant: _, ...nobodys } = testPrincipal();
    for (const subject of ['\u0000', '\ud800', `'"\\\n$1`, '\\u0000', 'é'.repeat(5_000)]) {
      for (const principal of [testPrincipal({ subject, tenant: 'acme' }), { ...nobodys, subject }]) {
        audit.onRefusal({ code: 'RATE_LIMITED', principal });
      }
    }
    await audit.close();
    expect(failures).toEqual([]);
    const agents =
      "select distinct entry::jsonb ->> 'agent' as agent from sallyport.audit_entries where entry like '%ud800%'";
    expect(await shop.admin(agents)).toEqual([{ agent: '\\ud800' }]);
  });
});

test('what one tenant was denied is one statement, in the order in which it was, ahead of calls that wait', async () => {
  const sent: unknown[][] = [];
  const transaction: Database['transaction'] = async ({ tenant, priority }, work) =>
    work(async (_text, params = []) => {
      sent.push([tenant, priority, ...params]);
      return [];
    });
  const audit = auditDenials({ transaction } as unknown as Database, () => {}, { clock: new FakeClock() });
  for (const name of ['a', 'b', 'a', 'c']) {
    for (const tenant of ['acme', 'globex']) {
      const tool = { name, version: '1' } as ToolFacts;
      audit.onRefusal({ code: 'RATE_LIMITED', principal: testPrincipal({ tenant }), tool });
    }
  }
  await audit.close();
  expect(
    sent.map(([tenant, priority, own, entries]) => [
      tenant,
      priority,
      own,
      ...JSON.parse(String(entries)).map((entry: string) => [JSON.parse(entry).tool, JSON.parse(entry).count]),
    ]),
  ).toEqual(['acme', 'globex'].map((tenant) => [tenant, 'critical', tenant, ['a', 2], ['b', 1], ['c', 1]]));
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

  test('of a name that no tool has is a mistake, and in no trail', async () => {
    expect(await nobodys({ code: 'UNKNOWN_TOOL', principal: without })).toEqual([]);
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
