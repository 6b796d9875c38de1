import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Snippet, snippetsOfPage, snippetsOfSource } from './snippets.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/.snippets');

async function allSnippets(): Promise<Snippet[]> {
  const packages = (await readdir(join(root, 'packages'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `packages/${name}`);
  const sources = await Promise.all(packages.map((name) => filesBelow(`${name}/src`, /(?<!\.test|\.test-d|\.d)\.ts$/)));
  const pages = ['README.md', ...packages.map((name) => `${name}/README.md`), ...(await filesBelow('docs', /\.md$/))];
  const read = (extract: typeof snippetsOfPage) => async (file: string) =>
    extract(file, await readFile(join(root, file), 'utf8'));
  return (
    await Promise.all([...pages.map(read(snippetsOfPage)), ...sources.flat().map(read(snippetsOfSource))])
  ).flat();
}

async function filesBelow(path: string, name: RegExp): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && name.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/** Compiles each snippet as a module of its own and says where the ones that fail are found. */
async function problemsOf(snippets: readonly Snippet[]): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const names = snippets.map(({ file, line }) => `${file.replaceAll(/[^A-Za-z0-9]+/g, '_')}_${line}.ts`);
  await Promise.all(
    snippets.map(({ code }, index) => writeFile(join(folder, names[index] as string), `${code}\nexport {};\n`)),
  );
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../test/tsconfig.json',
      compilerOptions: { rootDir: root, incremental: false, noUnusedLocals: false },
      include: ['*.ts'],
      exclude: [],
    }),
  );
  const compiled = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: root });
  return compiled.then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

test('every snippet of the documentation and of the doc comments compiles', async () => {
  const snippets = await allSnippets();
  expect(snippets.length).toBeGreaterThan(10);
  expect(await problemsOf(snippets)).toBe('');
});

test('a snippet that does not compile is found', async () => {
  const wrong = {
    file: 'page.md',
    line: 3,
    code: "import { hardened } from '@sallyport/core';\nhardened({ timeout: 3 });",
  };
  expect(await problemsOf([wrong])).toContain('page_md_3.ts');
});
