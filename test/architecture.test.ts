import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { architectureViolations, type Files } from './support/architecture.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const notOurs = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.sallyport',
  '.snippets',
  '.manifests',
  'pnpm-lock.yaml',
]);

/** Every text file of the repository that someone wrote. */
async function readRepository(folder = root): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (notOurs.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) for (const [name, text] of await readRepository(path)) files.set(name, text);
    else if (entry.isFile()) files.set(relative(root, path).split(sep).join('/'), await readFile(path, 'utf8'));
  }
  return files;
}

/** A small repository that obeys every rule, with files added or replaced. */
function repository(changes: Record<string, string> = {}): Files {
  const manifest = (name: string, rest: object) =>
    JSON.stringify({ name: `@sallyport/${name}`, exports: { '.': './src/index.ts' }, ...rest });
  const core = { exports: { '.': './src/index.ts', './decorators': './src/decorators.ts' } };
  return new Map(
    Object.entries({
      'packages/core/package.json': manifest('core', { ...core, peerDependencies: { zod: '^4' } }),
      'packages/core/src/index.ts': "export { call } from './call.js';",
      'packages/core/src/call.ts': "import type { ZodType } from 'zod';\n/** Not Date.now() but an argument. */",
      'packages/core/src/clock.ts': 'export const now = performance.now.bind(performance);',
      'packages/core/src/decorators.ts': "import { call } from './call.js';",
      'packages/core/src/call.test.ts': "import { fakeClock } from '@sallyport/testkit';\nDate.now();",
      'packages/auth/package.json': manifest('auth', { dependencies: { '@sallyport/core': '*', jose: '^6' } }),
      'packages/auth/src/index.ts': "import 'node:crypto';\nimport { jwtVerify } from 'jose';",
      'packages/http/package.json': manifest('http', {
        dependencies: { '@sallyport/core': '*', '@sallyport/auth': '*' },
      }),
      'packages/http/src/index.ts':
        "import { verify } from '@sallyport/auth';\nimport { call } from '@sallyport/core';",
      'packages/http/test-rig/start.ts': "import { tokenIssuer } from '@sallyport/testkit';",
      'packages/testkit/package.json': manifest('testkit', { dependencies: { '@sallyport/core': '*' } }),
      'packages/testkit/src/index.ts': "import { call } from '@sallyport/core';",
      'examples/postgres/src/main.ts': "import { tool } from '@sallyport/core/decorators';\nDate.now();",
      ...changes,
    }),
  );
}

test('this repository obeys the rules of its architecture', async () => {
  const files = await readRepository();
  expect(files.size).toBeGreaterThan(50);
  expect(architectureViolations(files)).toEqual([]);
});

test('a repository that obeys every rule has no violations', () => {
  expect(architectureViolations(repository())).toEqual([]);
});

const aPackage = JSON.stringify({ exports: { '.': './src/index.ts' } });
const elsewhere = ['..', 'shared', 'design'].join('/');
const workplace = ['', 'work', 'main'].join('/');
const stored = ['.', 'library'].join('');

test.each<[rule: string, changes: Record<string, string>, violation: RegExp]>([
  [
    'an arrow that points away from core, in a manifest',
    { 'packages/core/package.json': JSON.stringify({ dependencies: { '@sallyport/auth': '*' } }) },
    /core must not depend on @sallyport\/auth/,
  ],
  [
    'an arrow between two leaves, in a manifest',
    { 'packages/testkit/package.json': JSON.stringify({ dependencies: { '@sallyport/http': '*' } }) },
    /testkit must not depend on @sallyport\/http/,
  ],
  [
    'an arrow between two leaves, in an import',
    { 'packages/auth/src/more.ts': "import type { Host } from '@sallyport/http';" },
    /auth must not import @sallyport\/http/,
  ],
  [
    'a package imports the command line',
    { 'packages/auth/src/more.ts': "import type { ServerModule } from 'sallyport';" },
    /auth must not import sallyport/,
  ],
  [
    'the command line imports an adapter',
    { 'packages/sallyport/src/more.ts': "import { register } from '@sallyport/mcp-server';" },
    /sallyport must not import @sallyport\/mcp-server/,
  ],
  [
    'a second foreign dependency',
    { 'packages/auth/package.json': JSON.stringify({ dependencies: { jose: '^6', 'left-pad': '^1' } }) },
    /auth must not depend on left-pad/,
  ],
  [
    'a package nobody decided on',
    { 'packages/extra/package.json': aPackage },
    /extra has no place in the table of allowed dependencies/,
  ],
  [
    'an import that the manifest does not declare',
    { 'packages/auth/package.json': aPackage },
    /jose is not declared in its package.json/,
  ],
  ...['@modelcontextprotocol/sdk/types.js', 'ioredis', 'pino'].map((name): [string, Record<string, string>, RegExp] => [
    `core imports ${name}`,
    { 'packages/core/src/more.ts': `export { a } from '${name}';` },
    /packages\/core\/src\/more\.ts:1: core must not import/,
  ]),
  [
    'core imports a module of Node',
    { 'packages/core/src/more.ts': "import {\n  createHash,\n} from 'node:crypto';" },
    /core must run where node:crypto does not exist/,
  ],
  [
    'core loads a module of Node while it runs',
    { 'packages/core/src/more.ts': "export const hash = () => import('node:crypto');" },
    /core must run where node:crypto does not exist/,
  ],
  [
    'a shipped source imports testkit',
    { 'packages/http/src/more.ts': "import { fakeClock } from '@sallyport/testkit';" },
    /only tests may import testkit/,
  ],
  [
    'a source of an example imports testkit',
    { 'examples/postgres/src/more.ts': "import { fakeClock } from '@sallyport/testkit';" },
    /only tests may import testkit/,
  ],
  [
    'a shipped source imports what only tests share',
    { 'packages/http/src/more.ts': "import { start } from '../test-rig/start.js';" },
    /packages\/http\/src\/more\.ts:1: \.\.\/test-rig\/start\.js is test code/,
  ],
  [
    'test code among the sources that are built',
    { 'packages/http/src/test-rig/start.ts': "import { tokenIssuer } from '@sallyport/testkit';" },
    /packages\/http\/src\/test-rig\/start\.ts:1: only tests may import testkit/,
  ],
  [
    'a cycle inside a package',
    { 'packages/core/src/call.ts': "import type { A } from './index.js';" },
    /import cycle: packages\/core\/src\/index\.ts -> packages\/core\/src\/call\.ts -> packages\/core\/src\/index\.ts/,
  ],
  [
    'a cycle across packages',
    {
      'packages/core/src/call.ts': "import { verify } from '@sallyport/auth';",
      'packages/auth/src/index.ts': "import { call } from '@sallyport/core';",
    },
    /import cycle: packages\/core\/src\/index\.ts -> packages\/core\/src\/call\.ts -> packages\/auth\/src\/index\.ts/,
  ],
  [
    'a deep import by name',
    { 'test/more.test.ts': "import { call } from '@sallyport/core/src/call.js';" },
    /@sallyport\/core\/src\/call\.js is no entry point of @sallyport\/core/,
  ],
  [
    'a deep import by path',
    { 'packages/http/src/more.test.ts': "import { call } from '../../core/src/call.js';" },
    /\.\.\/\.\.\/core\/src\/call\.js reaches into package core/,
  ],
  ...['Date.now()', 'Math.random()', 'performance.now()', 'new Date()'].map(
    (text): [string, Record<string, string>, RegExp] => [
      `core uses ${text}`,
      { 'packages/core/src/more.ts': `export const at = () => ${text};` },
      /core must not use .*, it takes time and randomness as arguments/,
    ],
  ),
  ...[elsewhere, workplace, stored].map((place): [string, Record<string, string>, RegExp] => [
    `a file refers to ${place}`,
    { 'docs/page.md': `See ${place}.` },
    /docs\/page\.md: refers to .*, a place outside the repository/,
  ]),
])('a violation is found: %s', (_rule, changes, violation) => {
  expect(architectureViolations(repository(changes)).join('\n')).toMatch(violation);
});
