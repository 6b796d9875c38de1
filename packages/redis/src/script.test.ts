import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../lua/', import.meta.url);
const files = readdirSync(folder);
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { files: string[] };

test('the scripts are in the package that is published', () => {
  expect(manifest.files).toContain('lua');
  expect(files.length).toBeGreaterThan(0);
});

test.each(files)('%s says in its header which keys and arguments it takes and what it returns', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const header = text.slice(0, text.search(/^(?!--)/m));
  for (const part of ['KEYS', 'ARGV', 'Returns']) expect(header).toContain(part);
});
