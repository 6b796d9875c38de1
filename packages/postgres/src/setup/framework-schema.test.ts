import { expect, test } from 'vitest';
import { frameworkMigrations } from './framework-migrations.js';
import { frameworkParts, frameworkVersions } from './framework-schema.js';

test('what the code knows of the versions is what they are called and make', async () => {
  const migrations = await frameworkMigrations();
  const made = /\bCREATE (?:OR REPLACE )?(?:TABLE|FUNCTION) sallyport\.(\w+)/g;
  const parts = migrations.flatMap(({ text }) => [...text.matchAll(made)].map(([, name]) => name));
  expect(frameworkVersions).toEqual(migrations.map(({ name }) => name));
  expect(frameworkParts).toEqual([...new Set(parts)]);
});
