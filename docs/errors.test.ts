import { readFile } from 'node:fs/promises';
import { errorTable } from '@sallyport/core';
import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.js';

const page = await readFile(new URL('errors.md', import.meta.url), 'utf8');

test('the errors page is the one the table makes', () => {
  expect(page).toBe(errorsPage());
});

test('the errors page and the table name the same codes', () => {
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  expect(listed).toEqual(Object.keys(errorTable));
});
