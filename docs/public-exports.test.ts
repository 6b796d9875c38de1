import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type PublicExport, publicExports } from './public-exports.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The manifests and the sources of all packages. */
async function packages(): Promise<Map<string, string>> {
  const entries = await readdir(join(root, 'packages'), { recursive: true, withFileTypes: true });
  const paths = entries
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => /^packages\/[^/]+\/(package\.json|src\/.*\.ts)$/.test(path));
  const read = async (path: string) => [path, await readFile(join(root, path), 'utf8')] as const;
  return new Map(await Promise.all(paths.map(read)));
}

/** Subpaths are for those who write adapters and hosts; they read the sources. */
const forAuthors = ({ entry }: PublicExport) => !/\/(adapter|host)$/.test(entry);
const named = ({ entry, name }: PublicExport) => `${entry} ${name}`;
const undescribed = (all: readonly PublicExport[]) => all.filter(({ comment }) => comment === undefined).map(named);
const withoutExample = (all: readonly PublicExport[]) =>
  all
    .filter((one) => one.isCallable && forAuthors(one))
    .filter(({ comment }) => !comment?.includes('```ts'))
    .map(named);

it('every public export says what it guarantees, and every function and class for authors shows it in an example', async () => {
  const all = publicExports(await packages());
  expect(all.length).toBeGreaterThan(200);
  expect(undescribed(all)).toEqual([]);
  expect(withoutExample(all)).toEqual([]);
});

it('an export without either is found, also where another package passes it on', () => {
  const described = '/** Says so. */\n';
  const shown = '/**\n * Says so.\n *\n * ```ts\n * a();\n * ```\n */\n';
  const manifest = (name: string, exports: object) => JSON.stringify({ name, exports });
  const files = new Map([
    ['packages/a/package.json', manifest('@sallyport/a', { '.': './src/index.ts', './adapter': './src/adapter.ts' })],
    ['packages/a/src/index.ts', "export { type Bare, bare, type Class, shown } from './more.js';"],
    ['packages/a/src/adapter.ts', "export { described } from './more.js';"],
    ['packages/b/package.json', manifest('@sallyport/b', { '.': './src/index.ts' })],
    [
      'packages/b/src/index.ts',
      "export { described } from '@sallyport/a/adapter';\nexport type { Class } from '@sallyport/a';",
    ],
    [
      'packages/a/src/more.ts',
      `export interface Bare {}\nexport const bare = 1;\n${described}export class Class {}\n${described}export async function described() {}\n${shown}export function shown(): void;\nexport function shown(a?: number): void {}\n`,
    ],
  ]);
  const all = publicExports(files);
  expect(undescribed(all)).toEqual(['@sallyport/a Bare', '@sallyport/a bare']);
  expect(withoutExample(all)).toEqual(['@sallyport/b described']);
  files.set('packages/b/src/index.ts', "export { gone } from '@sallyport/a';");
  expect(() => publicExports(files)).toThrow(
    'packages/b/src/index.ts exports gone, which @sallyport/a does not declare.',
  );
});
