import { type Layer, ToolError } from '@sallyport/core';
import { errorOf } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { entriesIn } from '../../test-rig/audit-entries.js';
import { auditedTool, secretKey } from '../../test-rig/audited-tool.js';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { asking, type ShopCall, shopStack } from '../../test-rig/shop-tools.js';
import type { Database } from '../database.js';
import type { Scope } from '../scope.js';
import type { WithDb } from '../tenant-db.js';
import { auditTrail } from './audit-trail.js';
import type { LostOutcome } from './lost-outcome.js';

const insert = "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 100, 'EUR', $1)";

onEveryDatabase((shop) => {
  const tool = (then: (call: ShopCall) => unknown) => auditedTool(shop.current, then, 'phased');
  const entriesOf = entriesIn(shop);

  test('an effect elsewhere has an entry of intent before it, and one of what came of it', async () => {
    const seen: unknown[] = [];
    const pay = tool(async () => void seen.push(await entriesOf('three')));
    await pay.call(asking('acme', { memo: 'three' }, 'three'));
    expect(seen).toMatchObject([[{ kind: 'intent' }]]);
    const [intent, outcome] = await entriesOf('three');
    expect(outcome).toMatchObject({ kind: 'outcome', effect: intent?.effect, resultHash: expect.any(String) });
    const fails = tool(() => Promise.reject(new ToolError('POLICY_DENIED', 'No.')));
    await fails.call(asking('acme', { memo: 'four' }, 'four'));
    expect(await entriesOf('four')).toMatchObject([{ kind: 'intent' }, { kind: 'outcome', code: 'POLICY_DENIED' }]);
  });

  test('the error of an effect elsewhere is the tool’s own, also after a statement has failed', async () => {
    const fails = tool(async ({ db }) => {
      await db.sql('select 1 / 0').catch(() => {});
      throw new ToolError('POLICY_DENIED', 'No.');
    });
    expect(errorOf(await fails.call(asking('acme', { memo: 'broken' }, 'broken')))?.code).toBe('POLICY_DENIED');
    expect(await entriesOf('broken')).toMatchObject([{ kind: 'intent' }, { kind: 'outcome', code: 'POLICY_DENIED' }]);
  });

  const failures: [what: string, (call: ShopCall) => Promise<unknown>, code: string][] = [
    [
      'has written and throws',
      ({ db }) => db.sql(insert, ['f']).then(() => Promise.reject(new Error('no'))),
      'OUTCOME_UNKNOWN',
    ],
    ['writes what the database refuses', ({ db }) => db.sql('insert into invoices values (1)'), 'OUTCOME_UNKNOWN'],
    ['goes on after a statement has failed', ({ db }) => db.sql('select 1 / 0').catch(() => 'done'), 'OUTCOME_UNKNOWN'],
    ['was refused before it wrote', () => Promise.reject(new ToolError('POLICY_DENIED', 'No.')), 'POLICY_DENIED'],
  ];
  // Only a server has a second session to end the first from.
  if (shop.kind === 'server') {
    failures.push([
      'loses its connection',
      async ({ db }) => {
        const [backend] = await db.sql('select pg_backend_pid() as pid');
        await shop.admin('select pg_terminate_backend($1)', [backend?.pid]);
      },
      'OUTCOME_UNKNOWN',
    ]);
  }
  test.each(failures)(
    'a phased tool that %s leaves its intent with one outcome, the code the caller got',
    async (what, then, code) => {
      const pay = tool(then);
      expect(errorOf(await pay.call(asking('acme', { memo: what }, what)))?.code).toBe(code);
      const [intent, ...outcomes] = await entriesOf(what);
      expect(intent).toMatchObject({ kind: 'intent' });
      expect(outcomes).toEqual([expect.objectContaining({ kind: 'outcome', code, effect: intent?.effect })]);
      expect(await shop.admin("select 1 from invoices where memo = 'f'")).toEqual([]);
    },
  );

  test('an effect whose intent cannot be written is not begun, and its key is free', async () => {
    let ran = 0;
    const pay = tool(() => {
      ran += 1;
    });
    await shop.admin('revoke insert on sallyport.audit_entries from sallyport_app');
    const refused = await pay.call(asking('acme', { memo: 'unwritten' }, 'unwritten'));
    await shop.setUp();
    expect(errorOf(refused)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
    expect(ran).toBe(0);
    expect((await pay.call(asking('acme', { memo: 'unwritten' }, 'unwritten'))).isError).toBeUndefined();
    expect(ran).toBe(1);
  });

  test('an answer that asks for input is an outcome of that name', async () => {
    const pay = tool(() => ({ resultType: 'input_required', inputRequests: {} }));
    await pay.call(asking('acme', { memo: 'asked' }, 'asked'));
    expect(await entriesOf('asked')).toMatchObject([{ kind: 'intent' }, { kind: 'outcome', code: 'INPUT_REQUIRED' }]);
  });

  test('what a commit takes back, its outcome included, gets one afterwards', async () => {
    const refuseLate = `create function refuse_late() returns trigger language plpgsql as $$ begin raise 'late'; end $$;
      create constraint trigger late after insert on invoices deferrable initially deferred
        for each row when (new.memo = 'late') execute function refuse_late()`;
    await shop.asAdmin((session) => session.script(refuseLate));
    const pay = tool(({ db }) => db.sql(insert, ['late']));
    expect(errorOf(await pay.call(asking('acme', { memo: 'late' }, 'late')))?.code).toBe('OUTCOME_UNKNOWN');
    expect(await entriesOf('late')).toMatchObject([{ kind: 'intent' }, { kind: 'outcome', code: 'OUTCOME_UNKNOWN' }]);
  });

  test('an outcome is written also for a caller that has left', async () => {
    const leaves = new AbortController();
    const pay = tool(async ({ db }) => {
      await db.sql(insert, ['left']);
      leaves.abort();
      throw new ToolError('POLICY_DENIED', 'No.');
    });
    await pay.call({ ...asking('acme', { memo: 'left' }, 'left'), signal: leaves.signal });
    await expect
      .poll(() => entriesOf('left'))
      .toMatchObject([{ kind: 'intent' }, { kind: 'outcome', code: 'POLICY_DENIED' }]);
  });

  test('an outcome waits for its connection as long as it can, ahead of others, whatever wait is expected', async () => {
    const scopes: Scope[] = [];
    const transaction: Database['transaction'] = (scope, work) => {
      scopes.push(scope);
      return shop.current.transaction(scope, work);
    };
    const pay = auditedTool(
      { ...shop.current, transaction },
      () => Promise.reject(new ToolError('POLICY_DENIED', 'No.')),
      'phased',
    );
    await pay.call(asking('acme', { memo: 'patient' }, 'patient'));
    expect(scopes).toHaveLength(2);
    expect(scopes[0]?.patient).toBeUndefined();
    expect(scopes[1]).toMatchObject({ patient: true, priority: 'critical' });
    expect(await entriesOf('patient')).toHaveLength(2);
  });

  test('an outcome that cannot be written is told and counted, and the error of the call stays its own', async () => {
    const told: LostOutcome[] = [];
    const audit = auditTrail({ secretKey, lost: (outcome) => told.push(outcome) });
    const pay = shopStack(shop.current)
      .use(audit)
      .tool({
        name: 'pay',
        description: 'Pays.',
        access: 'write',
        effects: 'phased',
        secret: ['card'],
        input: z.object({ memo: z.string(), card: z.string() }),
        async handler(_input, { db }) {
          await shop.admin('revoke insert on sallyport.audit_entries from sallyport_app');
          await db.sql(insert, ['lost']);
          throw new ToolError('POLICY_DENIED', 'No.');
        },
      });
    const requestId = 'i'.repeat(900_000);
    const answer = await pay.call({ ...asking('acme', { memo: 'lost', card: 'pan 4111' }, 'lost'), requestId });
    await shop.setUp();
    expect(errorOf(answer)?.code).toBe('POLICY_DENIED');
    const [{ cause, ...outcome } = { cause: undefined }] = told;
    const request = requestId.slice(0, 128);
    expect(outcome).toMatchObject({ tenant: 'acme', tool: 'pay', request, code: 'POLICY_DENIED' });
    expect(cause).toMatchObject({ sqlState: '42501' });
    expect(JSON.stringify(told)).not.toMatch(/pan 4111|memo/);
    expect(audit.measures?.()).toMatchObject([{ name: 'outcomes_lost_total', kind: 'counter', value: 1 }]);
    const [intent, ...others] = await entriesOf('lost');
    expect([intent, others]).toEqual([expect.objectContaining({ kind: 'intent', effect: told[0]?.effect }), []]);
  });

  test('an effect elsewhere is not begun where its intent would be saved only with the call', async () => {
    let ran = false;
    const early: Layer<WithDb> = {
      name: 'early',
      wrap: (next) => async (call) => {
        await call.db.sql('select 1');
        return next(call);
      },
    };
    const pay = shopStack(shop.current)
      .use(early)
      .use(auditTrail())
      .tool({
        name: 'pay',
        description: 'Pays.',
        access: 'write',
        effects: 'phased',
        input: z.object({}),
        handler() {
          ran = true;
        },
      });
    expect(errorOf(await pay.call(asking('acme')))?.code).toBe('OUTCOME_UNKNOWN');
    expect(ran).toBe(false);
  });
});
