import { createStack, PolicyError, ToolError } from '@sallyport/core';
import { errorOf } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { auditedTool, secretKey } from '../../test-rig/audited-tool.js';
import { denyCalls } from '../../test-rig/denied-calls.js';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { asking, type ShopCall, shopStack } from '../../test-rig/shop-tools.js';
import { auditTrail } from './audit-trail.js';

const insert = "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 100, 'EUR', $1)";

test('a tool that declares secrets needs a key, and a key must be long', () => {
  expect(() => auditTrail({ secretKey: 'short' })).toThrow(RangeError);
  const stack = createStack().use(auditTrail() as never) as never as ReturnType<typeof createStack>;
  const facts = { name: 'pay', kind: 'tool', access: 'write', effects: 'natural', secret: ['card'] } as const;
  expect(() => stack.wrap(facts as never, async () => ({ content: [] }))).toThrow(PolicyError);
});

onEveryDatabase((shop) => {
  const tool = (then: (call: ShopCall) => unknown, effects?: 'natural' | 'phased') =>
    auditedTool(shop.current, then, effects);
  const entriesOf = async (memo: string) => {
    const rows = await shop.admin(
      "select tenant, entry from sallyport.audit_entries where entry::jsonb -> 'arguments' ->> 'memo' = $1 order by id",
      [memo],
    );
    return rows.map(({ tenant, entry }): Record<string, unknown> => ({ tenant, ...JSON.parse(String(entry)) }));
  };

  test('an effect and its entry are saved together, once, and a replay adds none', async () => {
    const pay = tool(({ db, input }) => db.sql(insert, [(input as { memo: string }).memo]));
    for (let again = 0; again < 3; again += 1) await pay.call(asking('acme', { memo: 'one' }, 'one'));
    expect(await entriesOf('one')).toEqual([
      expect.objectContaining({
        kind: 'effect',
        tenant: 'acme',
        tool: 'pay',
        version: '1',
        arguments: { memo: 'one' },
      }),
    ]);
    const undone = tool(async ({ db }) => {
      await db.sql(insert, ['two']);
      throw new ToolError('INVALID_INPUT', 'No.');
    });
    await undone.call(asking('acme', { memo: 'two' }, 'two'));
    expect(await entriesOf('two')).toEqual([]);
    expect(await shop.admin("select count(*)::int as n from invoices where memo = 'two'")).toEqual([{ n: 0 }]);
  });

  test('a write whose entry cannot be written does not happen', async () => {
    await shop.admin('revoke insert on sallyport.audit_entries from sallyport_app');
    const pay = tool(({ db }) => db.sql(insert, ['unaudited']));
    expect(errorOf(await pay.call(asking('acme', { memo: 'unaudited' }, 'unaudited')))?.code).toBe('INTERNAL');
    await shop.setUp();
    expect(await shop.admin("select 1 from invoices where memo = 'unaudited'")).toEqual([]);
  });

  test('an effect elsewhere has an entry of intent before it, and one of what came of it', async () => {
    const seen: unknown[] = [];
    const pay = tool(async () => void seen.push(await entriesOf('three')), 'phased');
    await pay.call(asking('acme', { memo: 'three' }, 'three'));
    expect(seen).toMatchObject([[{ kind: 'intent' }]]);
    const [intent, outcome] = await entriesOf('three');
    expect(outcome).toMatchObject({ kind: 'outcome', effect: intent?.effect, resultHash: expect.any(String) });
    const fails = tool(() => Promise.reject(new ToolError('POLICY_DENIED', 'No.')), 'phased');
    await fails.call(asking('acme', { memo: 'four' }, 'four'));
    expect(await entriesOf('four')).toMatchObject([{ kind: 'intent' }, { kind: 'outcome', code: 'POLICY_DENIED' }]);
  });

  test('the error of an effect elsewhere is the tool’s own, also after a statement has failed', async () => {
    const fails = tool(async ({ db }) => {
      await db.sql('select 1 / 0').catch(() => {});
      throw new ToolError('POLICY_DENIED', 'No.');
    }, 'phased');
    expect(errorOf(await fails.call(asking('acme', { memo: 'broken' }, 'broken')))?.code).toBe('POLICY_DENIED');
    expect(await entriesOf('broken')).toMatchObject([{ kind: 'intent' }]);
  });

  test('arguments of which a schema makes what is no JSON are kept as they were sent, and not at all where some are secret', async () => {
    const dated = (secret: readonly string[]) =>
      shopStack(shop.current)
        .use(auditTrail({ secretKey }))
        .tool({
          name: `book_${secret.length}`,
          description: 'Books.',
          access: 'write',
          effects: 'transactional',
          secret: [...secret],
          input: z.object({ memo: z.string(), day: z.iso.date().transform((text) => new Date(text)) }),
          handler: ({ day }) => day.toISOString(),
        });
    for (const secret of [[], ['memo']])
      expect(errorOf(await dated(secret).call(asking('acme', { memo: 'dated', day: '2026-11-26' })))).toBeUndefined();
    const entries = await shop.admin(
      "select entry::jsonb -> 'arguments' as told from sallyport.audit_entries where entry like '%book\\_%' order by id",
    );
    expect(entries).toEqual([{ told: { memo: 'dated', day: '2026-11-26' } }, { told: null }]);
  });

  test('secrets are recognisable and unreadable, and long arguments are a hash', async () => {
    const pay = tool(() => 'paid', 'natural');
    const people = [{ name: 'Ada Lovelace', age: 36 }];
    await pay.call(asking('acme', { memo: 'five', card: '4242', people }));
    await pay.call(asking('acme', { memo: 'five', card: '4242', people: null }));
    const entries = await entriesOf('five');
    const [{ arguments: first } = {}, { arguments: second } = {}] = entries as {
      arguments?: Record<string, unknown>;
    }[];
    expect(first?.card).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    expect(first?.card).toBe(second?.card);
    expect(first?.people).toEqual([{ name: expect.stringMatching(/^hmac/), age: 36 }]);
    await pay.call(asking('acme', { memo: 'x'.repeat(500) }));
    const all = await shop.admin('select entry from sallyport.audit_entries');
    expect(JSON.stringify(all)).not.toMatch(/4242|Lovelace|xxxxx/);
    expect(JSON.stringify(all)).toMatch(/argumentsHash/);
  });

  test('the login of handlers adds entries of its tenant, and does nothing else with the trail', async () => {
    const attempt = (sql: string) =>
      shop.current
        .transaction(scopeFor('acme'), (run) => run(sql))
        .then(
          () => 'done',
          (error: { sqlState?: string }) => error.sqlState,
        );
    const values = "(tenant, entry) values ('globex', '{}')";
    expect(await attempt(`insert into sallyport.audit_entries ${values}`)).toBe('42501');
    expect(
      await attempt('insert into sallyport.audit_entries (at, tenant, entry) values (now(), $$acme$$, $$$$)'),
    ).toBe('42501');
    for (const table of ['audit_entries', 'audit_waiting', 'audit_chain', 'audit_checkpoints']) {
      expect(await attempt(`select * from sallyport.${table}`)).toBe('42501');
      expect(await attempt(`delete from sallyport.${table}`)).toBe('42501');
      expect(await attempt(`truncate sallyport.${table}`)).toBe('42501');
    }
    expect(await attempt("update sallyport.audit_entries set entry = ''")).toBe('42501');
    expect(await attempt("insert into sallyport.audit_chain values ('acme', 1, 1, '')")).toBe('42501');
  });

  test('denied calls are audited, those alike in one entry with their number', async () => {
    await denyCalls(shop.current);
    const rows = await shop.admin(
      "select tenant, entry from sallyport.audit_entries where entry like '%denied%' order by id",
    );
    expect(rows.map(({ tenant, entry }) => [tenant, JSON.parse(String(entry))])).toEqual([
      ['globex', expect.objectContaining({ kind: 'denied', tool: 'write', code: 'INSUFFICIENT_SCOPE', count: 50 })],
      ['', { kind: 'denied', tool: 'write', version: '1', code: 'UNAUTHENTICATED', count: 1 }],
    ]);
    expect(JSON.stringify(rows)).not.toContain('never kept');
  });
});
