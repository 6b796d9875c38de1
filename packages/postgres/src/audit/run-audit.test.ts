import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { auditedTool } from '../../test-rig/audited-tool.js';
import { denyCalls } from '../../test-rig/denied-calls.js';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { asking, type ShopCall } from '../../test-rig/shop-tools.js';
import { DatabaseError } from '../database-error.js';
import { type AsAuditor, auditorOf } from './auditor-of.js';
import { checkpointSigner } from './checkpoint.js';
import { runAudit } from './run-audit.js';
import { sealAudit } from './seal-audit.js';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));

onEveryDatabase((shop, fixture) => {
  const tool = (then: (call: ShopCall) => unknown, effects?: 'natural' | 'phased') =>
    auditedTool(shop.current, then, effects);
  let folder: string;
  const ranAs = async (asAuditor: AsAuditor, args: string[]) => {
    let out = '';
    let said = '';
    const io = {
      out(text: string) {
        out += text;
      },
      say(text: string) {
        said += text;
      },
    };
    const code = await runAudit(args, asAuditor, io);
    return { code, out, said };
  };
  const ran = (...args: string[]) => ranAs((_name, work) => shop.asAuditor(work), args);
  const verified = (...args: string[]) => ran('verify', '--public-key', join(folder, 'public-key.pem'), ...args);
  const sealed = () => ran('seal', '--key', join(folder, 'signing-key.pem'));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-'));
    await ran('keys', '--out', folder);
    await tool(() => 'paid').call(asking('acme', { memo: 'first' }));
    await tool(() => 'paid', 'phased').call(asking('acme', { memo: 'second' }, 'second'));
    await denyCalls(shop.current);
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
      Array.from({ length: 200 }, (_, i) => tool(() => 'paid', 'natural').call(asking('acme', { memo: `many ${i}` }))),
    );
    const signer = checkpointSigner(await readFile(join(folder, 'signing-key.pem'), 'utf8'));
    const seal = () => shop.asAuditor((session) => sealAudit(session, signer));
    await Promise.all([seal(), seal(), seal(), seal()]);
    expect(await shop.admin('select * from sallyport.audit_waiting')).toEqual([]);
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
  });

  test.each([
    ['yesterday', '2027-01-01', /"yesterday" is not an ISO 8601 time with a zone/],
    ['2026-01-01T12:00:00', '2027-01-01', /is not an ISO 8601 time with a zone/],
    ['Jan 1 2026', '2027-01-01', /is not an ISO 8601 time with a zone/],
    ['2026-02-31T00:00:99Z', '2027-01-01', /is not an ISO 8601 time with a zone/],
    ['2026-02-01', '2026-01-01', /--since is after --until/],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00+01:00', /--since is after --until/],
  ])('export from %s to %s is refused', async (since, until, words) => {
    await expect(ran('export', '--since', since, '--until', until)).rejects.toThrow(words);
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'times of an export are in UTC, and days it is given begin in UTC, on a server in %s',
    async (zone) => {
      const times = async (...args: string[]) => {
        const { out } = await ranAs(
          (_name, work) =>
            shop.asAuditor(async (session) => {
              await session.script(`SET timezone TO '${zone}'`);
              return work(session).finally(() => session.script('RESET timezone'));
            }),
          ['export', ...args],
        );
        return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).at as string]));
      };
      const all = (await times()).sort();
      const [first = '', last = ''] = [all.at(0), all.at(-1)];
      expect(first).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(Math.abs(Date.parse(last) - Date.now())).toBeLessThan(3_600_000);
      const dayAfter = new Date(Date.parse(last) + 86_400_000).toISOString().slice(0, 10);
      expect(await times('--since', first.slice(0, 10), '--until', dayAfter)).toHaveLength(all.length);
      expect((await times('--since', first)).sort()[0]).toBe(first);
      expect(await times('--until', first)).toEqual([]);
    },
  );

  test('keys are made once, where they are told to be, and never overwritten', async () => {
    const own = join(folder, 'once');
    await ran('keys', '--out', own);
    const before = await readFile(join(own, 'signing-key.pem'), 'utf8');
    await expect(ran('keys', '--out', own)).rejects.toThrow(
      /signing-key\.pem is there already, and nothing was written/,
    );
    await rm(join(own, 'signing-key.pem'));
    await expect(ran('keys', '--out', own)).rejects.toThrow(/public-key\.pem is there already/);
    await expect(readFile(join(own, 'signing-key.pem'))).rejects.toThrow(/ENOENT/);
    expect(before).toMatch(/PRIVATE KEY/);
    await expect(ran('keys')).rejects.toThrow(/^--out: the directory/);
  });

  test('no argument of an agent, and nothing that is no JSON, ends an export', async () => {
    const odd = tool(() => 'done', 'natural');
    for (const memo of ['\ud800', 'a\u0000b']) await odd.call(asking('acme', { memo }));
    // The second as entries were written before, when what `jsonb` refuses was not written out.
    for (const entry of ['not json', JSON.stringify({ tool: 'pay', arguments: { memo: 'old \ud800\u0000' } })]) {
      await shop.current.transaction(scopeFor('acme'), (sql) =>
        sql('INSERT INTO sallyport.audit_entries (tenant, entry) VALUES ($1, $2)', ['acme', entry]),
      );
    }
    await sealed();
    expect(await ran('verify', '--public-key', join(folder, 'public-key.pem'))).toMatchObject({ code: 0 });
    const lines = (await ran('export', '--tenant', 'acme', '--tool', 'pay')).out
      .split('\n')
      .filter((line) => line !== '');
    const entries = lines.map(
      (line) => (JSON.parse(line) as { entry: { arguments?: { memo?: string } } | string }).entry,
    );
    const memos = entries.map((entry) => (typeof entry === 'string' ? entry : entry.arguments?.memo));
    expect(memos).toEqual(expect.arrayContaining(['\\ud800', 'a\\u0000b', 'old \ud800\u0000', 'not json']));
  });

  test('the auditor cannot change what it seals', async () => {
    for (const sql of [
      "update sallyport.audit_entries set entry = ''",
      'delete from sallyport.audit_entries',
      'delete from sallyport.audit_chain',
      "update sallyport.audit_checkpoints set hash = ''",
      'select * from invoices',
    ]) {
      await expect(shop.asAuditor((session) => session.statement(sql))).rejects.toMatchObject({
        sqlState: '42501',
      });
    }
  });

  test('a file that cannot be read is named with its option, and what is wrong with it', async () => {
    const [signing, open] = [join(folder, 'signing-key.pem'), join(folder, 'public-key.pem')];
    const gone = join(folder, 'gone.pem');
    for (const [args, told] of [
      [['seal', '--key', gone], `--key ${gone}: there is no such file`],
      [['seal', '--key', signing, '--public-key', gone], `--public-key ${gone}: there is no such file`],
      [['verify', '--public-key', gone], `--public-key ${gone}: there is no such file`],
      [['verify', '--public-key', folder], `--public-key ${folder}: it is a directory`],
      [['verify', '--public-key', open, '--kept', gone], `--kept ${gone}: there is no such file`],
      [['verify', '--public-key', open, '--kept', folder], `--kept ${folder}: it is a directory`],
      [['seal', '--key', cli], `--key ${cli}: the key cannot be read: it must be an ed25519 key in PEM`],
      [
        ['verify', '--public-key', open, '--public-key', cli],
        `--public-key ${cli}: the key cannot be read: it must be`,
      ],
    ] as const) {
      await expect(ran(...args)).rejects.toThrow(expect.objectContaining({ name: 'TypeError' }));
      await expect(ran(...args)).rejects.toThrow(told);
    }
  });

  test('a kept file whose last line was cut off is named, with the line, and one that is empty is said to be', async () => {
    const file = join(folder, 'cut.jsonl');
    const { out } = await ran('export', '--tenant', 'globex');
    const kept = await readFile(join(folder, 'kept.jsonl'), 'utf8');
    await writeFile(file, kept.slice(0, -9));
    await expect(verified('--kept', file)).rejects.toThrow(
      /--kept .*cut\.jsonl: line 3: not a checkpoint .* was cut off/,
    );
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
    const ours = await shop.admin(`select * from sallyport.audit_chain ${head}`);
    await shop.admin(`update sallyport.audit_chain set hash = 'rewritten' ${head}`);
    await tool(() => 'paid', 'natural').call(asking('acme', { memo: 'after' }));
    await tool(() => 'paid', 'natural').call(asking('globex', { memo: 'after' }));
    const { code, out, said } = await sealed();
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('tenant "acme"') });
    expect(JSON.parse(out)).toMatchObject({ tenant: 'globex' });
    const waiting = 'select e.tenant from sallyport.audit_waiting w join sallyport.audit_entries e on e.id = w.id';
    expect(await shop.admin(waiting)).toEqual([{ tenant: 'acme' }]);

    // A sealer that goes on says so once, and ends with 1 when it is asked to end. Only a server has other processes.
    if (fixture !== undefined) {
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
    }

    // Its checkpoint as well, signed with another key.
    await shop.admin(`update sallyport.audit_chain set hash = $1 ${head}`, [ours[0]?.hash]);
    const [own] = await shop.admin(`select signature from sallyport.audit_checkpoints ${head}`);
    await shop.admin(`update sallyport.audit_checkpoints set signature = 'forged' ${head}`);
    expect((await sealed()).code).toBe(1);
    await shop.admin(`update sallyport.audit_checkpoints set signature = $1 ${head}`, [own?.signature]);

    // A new key extends what the one before has signed, when it is told of that.
    const next = join(folder, 'next');
    await ran('keys', '--out', next);
    const withNext = (...args: string[]) => ran('seal', '--key', join(next, 'signing-key.pem'), ...args);
    expect((await withNext()).code).toBe(1);
    expect((await withNext('--public-key', join(folder, 'public-key.pem'))).code).toBe(0);
    expect((await verified('--public-key', join(next, 'public-key.pem'))).code).toBe(0);
  });

  test('a sealer that goes on outlives a database that is away, says so once, and seals when it is back', async () => {
    await tool(() => 'paid', 'natural').call(asking('globex', { memo: 'sealed late' }));
    let tries = 0;
    const away: AsAuditor = (_name, work) => {
      tries += 1;
      if (tries < 4) return Promise.reject(new DatabaseError('unavailable', 'away'));
      if (tries === 4) return shop.asAuditor(work);
      process.emit('SIGINT');
      return Promise.reject(new DatabaseError('unavailable', 'away again'));
    };
    const key = join(folder, 'signing-key.pem');
    const { code, out, said } = await ranAs(away, ['seal', '--key', key, '--every', '0.001']);
    expect(JSON.parse(out)).toMatchObject({ tenant: 'globex' });
    expect({ code, said }).toEqual({
      code: 2,
      said: 'not sealed, and tried again: away\nnot sealed, and tried again: away again\n',
    });
    const once = ranAs(() => Promise.reject(new DatabaseError('unavailable', 'away')), ['seal', '--key', key]);
    await expect(once).rejects.toThrow('away');
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
    await shop.admin(sql);
    const { code, out } = await verified('--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ whole: false, problems: expect.arrayContaining([expect.anything()]) });
  });

  if (fixture !== undefined) {
    test.each(['verify', 'seal', 'export'])(
      '%s with the login of the application says whose it needs',
      async (command) => {
        const keys = { verify: ['--public-key', 'public-key.pem'], seal: ['--key', 'signing-key.pem'] };
        const [option, file] = keys[command as keyof typeof keys] ?? [];
        const args = option === undefined ? [] : [option, join(folder, file ?? '')];
        const asApplication = auditorOf({ DATABASE_AUDIT_URL: fixture.url });
        await expect(ranAs(asApplication, [command, ...args])).rejects.toThrow(
          /that of the auditor, sallyport_audit, and not to that of the application/,
        );
      },
    );

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
      for (const wrong of [['nonsense'], ['audit', 'keys'], ['audit', 'keys', '--out', folder]])
        expect(await run(wrong, {})).toBe(2);
      expect(await run(args, { DATABASE_AUDIT_URL: fixture.url })).toBe(2);
      expect(await run(['audit', '--help'], {})).toBe(0);
      const odd = fixture.auditUrl.replace('@', '%zz@');
      expect(await run(['init', '--apply'], { DATABASE_ADMIN_URL: odd })).toBe(2);
      expect(await run(['audit', 'keys', '--out', join(folder, 'public-key.pem', 'under')], {})).toBe(2);
    });

    test('the program ends quietly when nobody reads any more', async () => {
      const program = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), cli, 'audit', 'export'], {
        env: { PATH: process.env.PATH ?? '', DATABASE_AUDIT_URL: fixture.auditUrl },
      });
      let said = '';
      program.stderr.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      program.stdout.destroy();
      expect([await once(program, 'close'), said]).toEqual([[0, null], '']);
    });
  }
});
