import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadModule } from './load-module.js';

async function moduleOf(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'sallyport-')), 'module.mjs');
  await writeFile(file, text);
  return file;
}

const never = '() => new Promise(() => {})';

test.each([
  ['tools', `export const tools = ${never};`],
  ['deployment', `export const tools = []; export const deployment = ${never};`],
])('%s that never resolve are given up', async (name, text) => {
  await expect(loadModule(await moduleOf(text), 50)).rejects.toThrow(new RegExp(`^\\S+: ${name} .* 0\\.05 seconds$`));
});

test('a close that never resolves is given up', async () => {
  const { close } = await loadModule(await moduleOf(`export const tools = []; export const close = ${never};`), 50);
  await expect(close()).rejects.toThrow(/^\S+: close .* 0\.05 seconds$/);
});
