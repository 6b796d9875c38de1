import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStack, PolicyError, ToolError } from '@sallyport/core';
import { errorOf, testPrincipal } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { asking, type ShopCall, shopStack } from '../../test-rig/shop-tools.js';
import type { Database } from '../database.js';
import { withSession } from '../pg/with-session.js';
import { auditDenials } from './audit-denials.js';
import { auditTrail } from './audit-trail.js';
import { checkpointSigner } from './checkpoint.js';
import { runAudit } from './run-audit.js';
import { sealAudit } from './seal-audit.js';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
const secretKey = 'a key of the tests, which is long enough';
const insert = "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 100, 'EUR', $1)";

test('a tool that declares secrets needs a key, and a key must be long', () => {
  expect(() => auditTrail({ secretKey: 'short' })).toThrow(RangeError);
  const stack = createStack().use(auditTrail() as never) as never as ReturnType<typeof createStack>;
  const facts = { name: 'pay', kind: 'tool', access: 'write', effects: 'natural', secret: ['card'] } as const;
  expect(() => stack.wrap(facts as never, async () => ({ content: [] }))).toThrow(PolicyError);
});

describe.skipIf(!postgresAnswers)('the audit trail', () => {
  const fixture = usePostgres();
  let database: Database;
  beforeAll(async () => {
    database = await fixture.open();
  });
  afterAll(() => database?.close());

  const tool = (then: (call: ShopCall) => unknown, effects: 'natural' | 'phased' | 'transactional' = 'transactional') =>
    shopStack(database)
      .use(auditTrail({ secretKey, maxArgumentsLength: 400 }))
      .tool({
        name: 'pay',
        description: 'Pays.',
        access: 'write',
        effects,
        secret: ['card', 'people.*.name'],
        input: z.object({ memo: z.string(), card: z.string().optional(), people: z.unknown().optional() }),
        handler: (_input, call) => then(call),
      });
  const entriesOf = async (memo: string) => {
    const rows = await fixture.admin(
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
    expect(await fixture.admin("select count(*)::int as n from invoices where memo = 'two'")).toEqual([{ n: 0 }]);
  });

  test('a write whose entry cannot be written does not happen', async () => {
    await fixture.admin('revoke insert on sallyport.audit_entries from sallyport_app');
    const pay = tool(({ db }) => db.sql(insert, ['unaudited']));
    expect(errorOf(await pay.call(asking('acme', { memo: 'unaudited' }, 'unaudited')))?.code).toBe('INTERNAL');
    await fixture.setUp();
    expect(await fixture.admin("select 1 from invoices where memo = 'unaudited'")).toEqual([]);
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
      shopStack(database)
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
    const entries = await fixture.admin(
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
    const all = await fixture.admin('select entry from sallyport.audit_entries');
    expect(JSON.stringify(all)).not.toMatch(/4242|Lovelace|xxxxx/);
    expect(JSON.stringify(all)).toMatch(/argumentsHash/);
  });

  test('the login of handlers adds entries of its tenant, and does nothing else with the trail', async () => {
    const attempt = (sql: string) =>
      database
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
    const denials = auditDenials(database, () => {}, { everyMs: 60_000 });
    const stack = shopStack(database, { report: denials.report });
    const write = stack.tool({
      name: 'write',
      description: 'Writes.',
      access: 'admin',
      effects: 'natural',
      input: z.object({}),
      handler: () => 'done',
    });
    await Promise.all(Array.from({ length: 50 }, () => write.call(asking('globex', { secret: 'never kept' }))));
    await write.call({ input: {} });
    denials.onRefusal({ code: 'INSUFFICIENT_SCOPE', principal: testPrincipal({ tenant: 'globex' }) });
    for (let again = 0; again < 3; again += 1) denials.onRefusal({ code: 'UNAUTHENTICATED' });
    await denials.close();
    const rows = await fixture.admin(
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

  describe('sealed', () => {
    let folder: string;
    const ran = async (...args: string[]) => {
      let out = '';
      let said = '';
      const io = { out: (text: string) => (out += text), say: (text: string) => (said += text) };
      const code = await runAudit(args, { DATABASE_AUDIT_URL: fixture.auditUrl }, io);
      return { code, out, said };
    };
    const verified = (...args: string[]) => ran('verify', '--public-key', join(folder, 'public-key.pem'), ...args);
    const sealed = () => ran('seal', '--key', join(folder, 'signing-key.pem'));
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-'));
      await ran('keys', '--out', folder);
    });

    test('it is whole, and what is written meanwhile waits without being missed', async () => {
      const { out } = await sealed();
      expect(
        out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).tenant)
          .sort(),
      ).toEqual(['', 'acme', 'globex']);
      await writeFile(join(folder, 'kept.jsonl'), out);
      await tool(() => 'paid', 'natural').call(asking('acme', { memo: 'later' }));
      expect(await verified()).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^whole: \d+ entries of 3 tenants/),
      });
      await sealed();
      expect((await verified('--kept', join(folder, 'kept.jsonl'), '--json')).code).toBe(0);
    });

    test('sealers at the same time make one chain without gaps', async () => {
      await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          tool(() => 'paid', 'natural').call(asking('acme', { memo: `many ${i}` })),
        ),
      );
      const signer = checkpointSigner(await readFile(join(folder, 'signing-key.pem'), 'utf8'));
      const seal = () => withSession(fixture.auditUrl, 'test', (session) => sealAudit(session, signer));
      await Promise.all([seal(), seal(), seal(), seal()]);
      expect(await fixture.admin('select * from sallyport.audit_waiting')).toEqual([]);
      expect((await verified()).code).toBe(0);
    });

    test('export gives JSON Lines, filtered by tenant, agent, tool and time', async () => {
      const lines = async (...args: string[]) =>
        (await ran('export', ...args)).out.split('\n').filter((line) => line !== '');
      const all = await lines();
      expect(all.length).toBeGreaterThan(200);
      expect((await lines('--tenant', 'globex')).map((line) => JSON.parse(line).tenant)).toEqual(['globex', 'globex']);
      const nobodys = (await lines('--tenant', '')).map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(nobodys).toMatchObject([
        { tenant: '', seq: 1, entry: { tool: 'write' } },
        { tenant: '', seq: 2, entry: { tool: '*' } },
      ]);
      expect(await lines('--tool', 'write')).toHaveLength(2);
      expect(await lines('--tool', '*')).toHaveLength(2);
      expect(await lines('--agent', 'nobody')).toEqual([]);
      expect(await lines('--until', '2020-01-01')).toEqual([]);
      expect(await lines('--since', '2020-01-01')).toHaveLength(all.length);
      await expect(ran('export', '--since', 'yesterday')).rejects.toThrow(/ISO 8601/);
    });

    test('no argument of an agent, and nothing that is no JSON, ends an export', async () => {
      const odd = tool(() => 'done', 'natural');
      for (const memo of ['\ud800', 'a\u0000b']) await odd.call(asking('acme', { memo }));
      await database.transaction(scopeFor('acme'), (sql) =>
        sql('INSERT INTO sallyport.audit_entries (tenant, entry) VALUES ($1, $2)', ['acme', 'not json']),
      );
      await sealed();
      const lines = (await ran('export', '--tenant', 'acme', '--tool', 'pay')).out
        .split('\n')
        .filter((line) => line !== '');
      const entries = lines.map(
        (line) => (JSON.parse(line) as { entry: { arguments?: { memo?: string } } | string }).entry,
      );
      const memos = entries.map((entry) => (typeof entry === 'string' ? entry : entry.arguments?.memo));
      expect(memos).toEqual(expect.arrayContaining(['\ud800', 'a\u0000b', 'not json']));
    });

    test('the auditor cannot change what it seals', async () => {
      for (const sql of [
        "update sallyport.audit_entries set entry = ''",
        'delete from sallyport.audit_entries',
        'delete from sallyport.audit_chain',
        "update sallyport.audit_checkpoints set hash = ''",
        'select * from invoices',
      ]) {
        await expect(withSession(fixture.auditUrl, 'test', (session) => session.statement(sql))).rejects.toMatchObject({
          sqlState: '42501',
        });
      }
    });

    test('a kept file whose last line was cut off is named, with the line, and one that is empty is said to be', async () => {
      const file = join(folder, 'cut.jsonl');
      const { out } = await ran('export', '--tenant', 'globex');
      const kept = await readFile(join(folder, 'kept.jsonl'), 'utf8');
      await writeFile(file, kept.slice(0, -9));
      await expect(verified('--kept', file)).rejects.toThrow(/cut\.jsonl, line 3: not a checkpoint .* was cut off/);
      await writeFile(file, out);
      await expect(verified('--kept', file)).rejects.toThrow(TypeError);
      await writeFile(file, '');
      expect(await verified('--kept', file)).toMatchObject({
        code: 0,
        said: expect.stringContaining('cut.jsonl holds no checkpoints'),
      });
    });

    test('a chain whose end has no checkpoint of its own is not extended, and the tenant is named; others are', async () => {
      const head = "where tenant = 'acme' and seq = (select max(seq) from sallyport.audit_chain where tenant = 'acme')";
      const ours = await fixture.admin(`select * from sallyport.audit_chain ${head}`);
      await fixture.admin(`update sallyport.audit_chain set hash = 'rewritten' ${head}`);
      await tool(() => 'paid', 'natural').call(asking('acme', { memo: 'after' }));
      await tool(() => 'paid', 'natural').call(asking('globex', { memo: 'after' }));
      const { code, out, said } = await sealed();
      expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('tenant "acme"') });
      expect(JSON.parse(out)).toMatchObject({ tenant: 'globex' });
      const waiting = 'select e.tenant from sallyport.audit_waiting w join sallyport.audit_entries e on e.id = w.id';
      expect(await fixture.admin(waiting)).toEqual([{ tenant: 'acme' }]);

      // A sealer that goes on says so once, and ends with 1 when it is asked to end.
      const args = ['audit', 'seal', '--key', join(folder, 'signing-key.pem'), '--every', '0.05'];
      const sealer = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), cli, ...args], {
        env: { PATH: process.env.PATH ?? '', DATABASE_AUDIT_URL: fixture.auditUrl },
      });
      let words = '';
      sealer.stderr.on('data', (chunk: Buffer) => {
        words += chunk;
      });
      await once(sealer.stderr, 'data');
      await tool(() => 'paid', 'natural').call(asking('globex', { memo: 'later' }));
      await once(sealer.stdout, 'data');
      sealer.kill('SIGTERM');
      expect(await once(sealer, 'close')).toEqual([1, null]);
      expect(words.match(/tenant "acme"/g)).toHaveLength(1);

      // Its checkpoint as well, signed with another key.
      await fixture.admin(`update sallyport.audit_chain set hash = $1 ${head}`, [ours[0]?.hash]);
      const [own] = await fixture.admin(`select signature from sallyport.audit_checkpoints ${head}`);
      await fixture.admin(`update sallyport.audit_checkpoints set signature = 'forged' ${head}`);
      expect((await sealed()).code).toBe(1);
      await fixture.admin(`update sallyport.audit_checkpoints set signature = $1 ${head}`, [own?.signature]);

      // A new key extends what the one before has signed, when it is told of that.
      const next = join(folder, 'next');
      await ran('keys', '--out', next);
      const withNext = (...args: string[]) => ran('seal', '--key', join(next, 'signing-key.pem'), ...args);
      expect((await withNext()).code).toBe(1);
      expect((await withNext('--public-key', join(folder, 'public-key.pem'))).code).toBe(0);
      expect((await verified('--public-key', join(next, 'public-key.pem'))).code).toBe(0);
    });

    test.each([
      [
        'an edited entry',
        "update sallyport.audit_entries set entry = replace(entry, 'pay', 'steal') where id = (select entry_id from sallyport.audit_chain where tenant = 'acme' and seq = 2)",
      ],
      [
        'a deleted place',
        "delete from sallyport.audit_chain where tenant = 'acme' and seq = (select max(seq) from sallyport.audit_chain where tenant = 'acme')",
      ],
    ])('the command finds %s, and ends with 1', async (_what, sql) => {
      await fixture.admin(sql);
      const { code, out } = await verified('--json');
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ whole: false, problems: expect.arrayContaining([expect.anything()]) });
    });

    test('the program ends with the code, and with 2 when it could not be done', async () => {
      const run = (args: string[], env: Record<string, string>) =>
        promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), cli, ...args], {
          env: { PATH: process.env.PATH ?? '', ...env },
        }).then(
          () => 0,
          (error: { code: number }) => error.code,
        );
      const args = ['audit', 'verify', '--public-key', join(folder, 'public-key.pem')];
      expect(await run(args, { DATABASE_AUDIT_URL: fixture.auditUrl })).toBe(1);
      expect(await run(args, {})).toBe(2);
      expect(await run(['audit', 'verify', '--public-key', '/nowhere'], { DATABASE_AUDIT_URL: fixture.auditUrl })).toBe(
        2,
      );
      for (const notPublic of [cli, join(folder, 'signing-key.pem')])
        expect(
          await run(['audit', 'verify', '--public-key', notPublic], { DATABASE_AUDIT_URL: fixture.auditUrl }),
        ).toBe(2);
      expect(await run(['nonsense'], {})).toBe(2);
      expect(await run(['audit', '--help'], {})).toBe(0);
    });
  });
});
