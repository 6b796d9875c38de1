import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { claimPorts } from './support/claim-ports.js';
import { cliArguments, exampleModule, sallyport } from './support/cli.js';
import { emptyFolder } from './support/example-server.js';
import { createDatabase, postgresAnswers } from './support/postgres-database.js';

const hasPostgres = await postgresAnswers();
const hardenedServer = fileURLToPath(new URL('support/hardened-server.ts', import.meta.url));
const ownedTools = fileURLToPath(new URL('support/owned-tools.ts', import.meta.url));

test('sallyport --help names every command and what the codes mean; without a command it is 2', async () => {
  const [asked, bare] = await Promise.all([sallyport(['--help']), sallyport([])]);
  expect([asked.code, asked.stderr]).toEqual([0, '']);
  for (const text of ['explain', 'doctor', 'ops', 'revoke', '0 when all is well', '1 when', '2 when']) {
    expect(asked.stdout).toContain(text);
  }
  expect(bare).toMatchObject({ code: 2, stdout: '' });
  expect(bare.stderr).toContain('Usage: sallyport');
});

test('a module that ends the process is said to have done so, and that is 2', async () => {
  const file = join(await emptyFolder(), 'exits.mjs');
  await writeFile(file, 'process.exit(0); export const tools = [];');
  const { code, stdout, stderr } = await sallyport(['explain', file]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/exits\.mjs ended the process while it was loaded/);
});

test('what a module throws beside everything else is 2, in one line', async () => {
  const file = join(await emptyFolder(), 'late.mjs');
  await writeFile(
    file,
    'setImmediate(() => { throw new Error("out of luck"); }); export const tools = () => new Promise(() => {});',
  );
  expect(await sallyport(['explain', file])).toEqual({ code: 2, stdout: '', stderr: 'sallyport: out of luck\n' });
});

test('when nobody reads what is printed, it ends quietly with 0', async () => {
  const child = spawn(process.execPath, [...cliArguments, 'explain', ownedTools], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(said).toBe('');
});

test.each<[what: string, args: (folder: string, port: number) => string[], reason: RegExp]>([
  ['a file that is not there', () => ['explain', 'gone.mjs'], /there is no file gone\.mjs/],
  [
    'a module that throws',
    (folder) => ['ops', join(folder, 'throws.mjs'), '--out', folder],
    /cannot be loaded: out of\n$/,
  ],
  ['a plan that the server does not know', () => ['explain', ownedTools, '--plan', 'gold'], /there is no plan gold/],
  [
    'a folder that is a file',
    (folder) => ['ops', ownedTools, '--out', join(folder, 'throws.mjs')],
    /nothing can be written/,
  ],
  [
    'a server that does not answer',
    (_, port) => ['revoke', 'list', '--redis-url', `redis://:secret@127.0.0.1:${port}`],
    /ECONNREFUSED/,
  ],
])('what cannot run is 2, with one line of why and no stack: %s', async (_what, args, reason) => {
  const folder = await emptyFolder();
  const [port = 0] = await claimPorts(1);
  await writeFile(join(folder, 'throws.mjs'), 'throw new Error("out of\\nluck");');
  const { code, stdout, stderr } = await sallyport(args(folder, port));
  expect(stderr).toMatch(reason);
  expect(stderr).toMatch(/^sallyport: [^\n]*\n$/);
  expect(stderr).not.toContain('secret');
  expect([code, stdout]).toEqual([2, '']);
});

describe('explain', () => {
  test('shows every limit once, those of each plan, and who owns what', async () => {
    const { code, stdout } = await sallyport(['explain', ownedTools, '--plan', 'free', 'pro'], { FORCE_COLOR: '1' });
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('support/explained.txt');
  });

  test('as JSON it has what each layer will do, in order', async () => {
    const { code, stdout } = await sallyport(['explain', ownedTools, '--json', '--plan', 'pro']);
    expect(code).toBe(0);
    const { tools } = JSON.parse(stdout) as { tools: { layers: { name: string }[] }[] };
    expect(tools[1]).toMatchObject({
      name: 'order.place',
      access: 'write',
      scopes: ['mcp:tools:write'],
      limits: {
        agent: 'by principal',
        tenant: { perHour: 9_000, budget: { perMonth: 2_000_000 } },
        agentAndTool: { perMinute: 5 },
        cost: 2,
      },
      plans: { pro: { agent: { perMinute: 600, concurrent: 5 } } },
      effects: 'phased',
      idempotencyKey: 'required',
      timeoutMs: 5_000,
      redacts: true,
    });
    expect(tools[0]).toMatchObject({ depends: 'warehouse', owner: 'data team' });
    expect(tools[0]?.layers.map(({ name }) => name)).toEqual([
      ...['authorize', 'tenant', 'shed', 'admit', 'validate', 'idempotent', 'depend', 'deadline', 'bound'],
    ]);
  });

  test('explains a server that was written for the official SDK and hardened in one line', async () => {
    const { code, stdout, stderr } = await sallyport(['explain', hardenedServer]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^add +read +mcp:tools:read /m);
    expect(stdout).toMatch(/^resources\/read +read +mcp:resources:read /m);
    const run = await sallyport(['ops', hardenedServer, '--out', await emptyFolder()]);
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  test.skipIf(!hasPostgres)('explains the example on its Postgres', async () => {
    const database = await createDatabase();
    const { code, stdout, stderr } = await sallyport(['explain', exampleModule], database.env);
    await database.drop();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^refund_order +sensitive +mcp:tools:write +principal +phased +required/m);
    expect(stdout).toMatch(/^each agent +refund_order +10$/m);
    expect(stdout).toMatch(/outermost first: observe > authorize > .* > bound > db > audit$/m);
  });
});
