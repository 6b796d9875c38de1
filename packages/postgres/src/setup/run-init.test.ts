import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { dumpFramework } from '../../test-rig/dump-framework.js';
import { poolOf, postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { openPostgres } from '../pg/open-postgres.js';
import { runInit } from './run-init.js';
import { setUpScript } from './set-up-script.js';

it('init says what is wrong with its arguments', async () => {
  await expect(runInit(['--table', 'a;b c'], {})).rejects.toThrow(/not a table/);
  await expect(runInit(['--table', 'a:drop'], {})).rejects.toThrow(/orders:insert\+update\+delete/);
  await expect(runInit(['--tables', 'a'], {})).rejects.toThrow(TypeError);
  await expect(runInit(['--apply'], {})).rejects.toThrow(/DATABASE_ADMIN_URL/);
  expect(await runInit(['--help'], {})).toMatch(/--table NAME/);
});

it('init prints roles, row-level security and grants for the tables, and no password', async () => {
  const sql = await runInit(['--table', 'orders:update', '--tenant-column', 'org'], {
    DATABASE_URL: 'postgres://a:secret@h/d',
  });
  expect(sql).toContain(`('"orders"'::regclass, 'SELECT, UPDATE')`);
  expect(sql).toContain(`rule := format('%I = %s', 'org', tenant)`);
  expect(sql).not.toContain('secret');
});

describe.skipIf(!postgresAnswers)('on a server', () => {
  const printed = usePostgres({ ready: false });
  const applied = usePostgres({ ready: false });
  const tables = 'create table notes (id int primary key, tenant_id text not null, body text)';
  const args = ['--table', 'notes:insert'];

  it('what init prints, run by hand and run again, does what --apply does', async () => {
    await printed.admin(tables);
    await applied.admin(tables);
    const script = await runInit(args, {});
    for (const _time of ['once', 'again']) {
      const running = promisify(execFile)('psql', [
        '--no-psqlrc',
        '-v',
        'ON_ERROR_STOP=1',
        '-f',
        '-',
        printed.adminUrl,
      ]);
      running.child.stdin?.end(script);
      await running;
    }
    expect(await runInit([...args, '--apply'], { DATABASE_ADMIN_URL: applied.adminUrl })).toMatch(/^applied 0001-/);
    expect(await runInit([...args, '--apply'], { DATABASE_ADMIN_URL: printed.adminUrl })).toBe('up to date\n');
    const state = `select string_agg(relname || relrowsecurity || relforcerowsecurity || coalesce(relacl::text, ''), ';' order by relname) from pg_class
      where relnamespace in ('sallyport'::regnamespace, 'public'::regnamespace)`;
    expect(await printed.admin(state)).toEqual(await applied.admin(state));
    const database = await openPostgres(poolOf(printed.url), { query: poolOf(printed.queryUrl), tables: ['notes'] });
    await database.close();
  });

  it('the schema that is committed is the one that the migrations make', async () => {
    const schema = await dumpFramework(applied.adminUrl);
    const file = new URL('../../schema.sql', import.meta.url);
    const head = '-- The schema of the framework, as the migrations make it. Written by pg_dump; a test compares it.\n';
    if (process.env.UPDATE_SCHEMA === 'true') await writeFile(file, `${head}${schema}\n`);
    expect(`${head}${schema}\n`).toBe(await readFile(file, 'utf8'));
  });

  it('a script for no tables at all can be run', async () => {
    expect(await setUpScript()).not.toContain('undefined');
  });
});
