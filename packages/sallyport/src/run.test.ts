import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from './run.js';
import { processTerminal } from './terminal.js';

/** Runs a command in this process; nobody looks at what it writes. */
async function ran(args: readonly string[], env: Record<string, string> = {}) {
  const [out, said]: [string[], string[]] = [[], []];
  const stream = (texts: string[]) => ({ write: (text: unknown) => texts.push(String(text)) > 0 });
  const code = await run(args, processTerminal({ stdout: stream(out), stderr: stream(said), env }), env);
  return { code, stdout: out.join(''), stderr: said.join('') };
}

test.each(['explain', 'doctor', 'ops', 'revoke', 'revoke subject', 'revoke list', 'usage'])(
  'sallyport %s --help is as it was agreed',
  async (command) => {
    const { code, stdout, stderr } = await ran([...command.split(' '), '--help']);
    expect([code, stderr]).toEqual([0, '']);
    await expect(stdout).toMatchFileSnapshot(`../test-rig/help/${command.replace(' ', '-')}.txt`);
  },
);

test('sallyport --version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await ran(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('what cannot run is 2, with why and no stack', () => {
  let folder: string;
  const modules = {
    'throws.mjs': 'throw new Error("out of\\nluck");',
    'syntax.mjs': 'export const tools = [',
    'rejects.mjs': 'export const tools = () => Promise.reject(new TypeError("no database"));',
    'nothing.mjs': 'export const other = 1;',
    'wrong.mjs': 'export const tools = [{ name: "x" }];',
    'null.mjs': 'export const tools = null;',
    'missing.mjs': 'import "not-installed-anywhere"; export const tools = [];',
    'none.mjs': 'export default { tools: [] };',
  } as const;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-'));
    for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, name), text);
  });
  const noRedis = ['--redis-url', 'redis://127.0.0.1:1'];

  test.each<[what: string, args: (at: (name: string) => string) => string[], reason: RegExp]>([
    ['a file that is not there', () => ['explain', 'gone.mjs'], /there is no file gone\.mjs/],
    ['a folder', (at) => ['explain', at('.')], /cannot be loaded/],
    ['a module that throws', (at) => ['explain', at('throws.mjs')], /cannot be loaded: out of\n$/],
    ['a module that is not JavaScript', (at) => ['explain', at('syntax.mjs')], /cannot be loaded/],
    ['a module whose tools reject', (at) => ['doctor', at('rejects.mjs')], /cannot be loaded: no database/],
    ['a module without tools', (at) => ['explain', at('nothing.mjs')], /exports no tools/],
    ['a module with other things', (at) => ['explain', at('wrong.mjs')], /that stack\.tool did not make/],
    ['a module with null', (at) => ['explain', at('null.mjs')], /that stack\.tool did not make/],
    [
      'a module that imports what is not there',
      (at) => ['ops', at('missing.mjs'), '--out', at('.')],
      /not-installed-any/,
    ],
    ['a server without tools', (at) => ['ops', at('none.mjs'), '--out', at('.')], /has no tools/],
    ['nowhere to write', (at) => ['ops', at('none.mjs')], /required option '--out <folder>'/],
    ['nothing to check', () => ['doctor'], /there is nothing to check/],
    ['no Redis at all', () => ['revoke', 'list'], /--redis-url or REDIS_URL/],
    ['a revocation without an end', () => ['revoke', 'tenant', 'acme', ...noRedis], /--for or --until/],
    ['a token without its issuer', () => ['revoke', 'token', 'x', '--for', '1h'], /required option '--issuer <url>'/],
    [
      'a runbook at an address of another kind',
      (at) => ['ops', at('none.mjs'), '--out', at('.'), '--runbook-url', 'javascript:alert(1)'],
      /http:\/\/ or https:\/\//,
    ],
    ['a URL of another kind', () => ['doctor', '--url', 'file:///etc/passwd'], /http:\/\/ or https:\/\//],
    ['a number that is none', () => ['doctor', '--pool', '1e9'], /whole number/],
    ['an option that nobody knows', () => ['explain', 'x', '--jason'], /unknown option '--jason'/],
    ['an argument too many', () => ['explain', 'x', 'y'], /too many arguments/],
    ['a command that nobody knows', () => ['explian'], /unknown command 'explian'/],
    ['no command', () => [], /Usage: sallyport/],
    ['no command of revoke', () => ['revoke'], /Usage: sallyport revoke/],
  ])('%s', async (_what, args, reason) => {
    const { code, stdout, stderr } = await ran(args((name) => join(folder, name)));
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/\n\s+at |node:internal/);
    expect([code, stdout]).toEqual([2, '']);
  });
});
