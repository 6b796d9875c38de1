import { createHmac } from 'node:crypto';
import { reply, ToolError } from '@sallyport/core';
import { errorOf, gate } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { entriesIn } from '../../test-rig/audit-entries.js';
import { auditedTool, secretKey } from '../../test-rig/audited-tool.js';
import { denyCalls } from '../../test-rig/denied-calls.js';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { asking, type ShopCall, shopStack } from '../../test-rig/shop-tools.js';
import { ormClient } from '../orm-client.js';
import { auditTrail } from './audit-trail.js';

const insert = "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 100, 'EUR', $1)";

onEveryDatabase((shop) => {
  const tool = (then: (call: ShopCall) => unknown) => auditedTool(shop.current, then);
  const entriesOf = entriesIn(shop);

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

  test.each(['natural', 'phased', 'transactional'] as const)(
    'no entry of a %s effect has more than the beginning of an id that a client made up',
    async (effects) => {
      const pay = auditedTool(shop.current, () => undefined, effects);
      const memo = `long id ${effects}`;
      await pay.call({ ...asking('acme', { memo }), requestId: 'i'.repeat(900_000) });
      const entries = await entriesOf(memo);
      expect(entries.map(({ kind }) => kind)).toEqual(effects === 'phased' ? ['intent', 'outcome'] : ['effect']);
      for (const { request } of entries) expect(request).toBe('i'.repeat(128));
    },
  );

  test('an effect whose answer the protocol does not allow is undone, and has no entry', async () => {
    const pay = tool(async ({ db }) => {
      await db.sql(insert, ['no answer']);
      return reply({ content: 'nope' } as never);
    });
    const answer = await pay.call(asking('acme', { memo: 'no answer' }, 'no answer'));
    expect(errorOf(answer)?.code).toBe('INTERNAL');
    expect(await entriesOf('no answer')).toEqual([]);
    expect(await shop.admin("select 1 from invoices where memo = 'no answer'")).toEqual([]);
  });

  test('an entry is JSON to Postgres too, whatever an agent sends, and says what it was; an HMAC is of what was sent', async () => {
    const pay = tool(() => undefined);
    const odd = [
      ['\ud800', '\\ud800'],
      ['a\u0000b', 'a\\u0000b'],
      ['\udc00\ud800', '\\udc00\\ud800'],
      ['\\ud800', '\\ud800'],
      ['\\\ud800', '\\\\ud800'],
      ['😀\n', '😀\n'],
    ] as const;
    for (const [memo] of odd) {
      const people = { [memo]: { name: 'x', half: memo } };
      await pay.call(asking('globex', { memo, card: memo, people }));
    }
    const rows = await shop.admin(
      `select entry::jsonb #>> '{arguments,memo}' as memo, entry::jsonb #>> '{arguments,card}' as card,
         (select key from jsonb_each(entry::jsonb #> '{arguments,people}')) as member
       from sallyport.audit_entries where tenant = 'globex' and entry::jsonb ? 'arguments' order by id`,
    );
    const hmac = (card: string) =>
      `hmac-sha256:${createHmac('sha256', secretKey).update(JSON.stringify(card)).digest('hex')}`;
    expect(rows).toEqual(odd.map(([memo, told]) => ({ memo: told, card: hmac(memo), member: told })));
  });

  test.each(['natural', 'transactional'] as const)(
    'an entry is saved with its %s effect whatever the handler has left running',
    async (effects) => {
      const pay = auditedTool(
        shop.current,
        async ({ db }) => {
          await db.sql(insert, [`floating ${effects}`]);
          // What a builder sends whose transaction throws, and nobody awaits.
          const orm = ormClient(db);
          void orm
            .query('begin')
            .then(() => orm.query('rollback'))
            .catch(() => {});
        },
        effects,
      );
      const memo = `floating ${effects}`;
      for (let again = 0; again < 5; again += 1) await pay.call(asking('acme', { memo }));
      const saved = await shop.admin('select 1 from invoices where memo = $1', [memo]);
      expect(await entriesOf(memo)).toHaveLength(saved.length);
      expect(saved).toHaveLength(5);
    },
  );

  test('an effect that is not the database’s has its entry also when the time of the call is over', async () => {
    const late = gate();
    const pay = shopStack(shop.current)
      .use(auditTrail())
      .tool({
        name: 'put',
        description: 'Puts.',
        access: 'write',
        effects: 'natural',
        timeoutMs: 500,
        input: z.object({ memo: z.string() }),
        handler: () => late.promise,
      });
    expect(errorOf(await pay.call(asking('acme', { memo: 'put late' }, 'put late')))?.code).toBe('TOOL_TIMEOUT');
    late.open();
    await expect.poll(() => entriesOf('put late')).toMatchObject([{ kind: 'effect', tool: 'put' }]);
  });

  test('what a call has done until it asks for input is not saved, and has no entry', async () => {
    const pay = auditedTool(
      shop.current,
      async ({ db }) => {
        await db.sql(insert, ['asked']);
        return { resultType: 'input_required', inputRequests: {} };
      },
      'natural',
    );
    await pay.call(asking('acme', { memo: 'asked' }));
    expect(await entriesOf('asked')).toEqual([]);
    expect(await shop.admin("select 1 from invoices where memo = 'asked'")).toEqual([]);
  });

  test('a write whose entry cannot be written does not happen', async () => {
    await shop.admin('revoke insert on sallyport.audit_entries from sallyport_app');
    const pay = tool(({ db }) => db.sql(insert, ['unaudited']));
    expect(errorOf(await pay.call(asking('acme', { memo: 'unaudited' }, 'unaudited')))?.code).toBe('INTERNAL');
    await shop.setUp();
    expect(await shop.admin("select 1 from invoices where memo = 'unaudited'")).toEqual([]);
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
      ['globex', expect.objectContaining({ kind: 'denied', agent: 'agent-1', tool: '*', code: 'INSUFFICIENT_SCOPE' })],
      ['', { kind: 'denied', tool: 'write', version: '1', code: 'UNAUTHENTICATED', count: 1 }],
      ['', { kind: 'denied', tool: '*', version: '*', code: 'UNAUTHENTICATED', count: 3 }],
    ]);
    expect(JSON.stringify(rows)).not.toContain('never kept');
  });
});
