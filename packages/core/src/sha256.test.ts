import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from './sha256.js';

test('is SHA-256 over the JSON array of the parts, in lower-case hexadecimal', async () => {
  expect(await sha256()).toBe('4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945');
  expect(await sha256('abc')).toBe(createHash('sha256').update('["abc"]').digest('hex'));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (parts) => {
      expect(await sha256(...parts)).toBe(createHash('sha256').update(JSON.stringify(parts)).digest('hex'));
    }),
  );
});

test('keeps the parts apart', async () => {
  const all = await Promise.all([
    sha256('ab', 'c'),
    sha256('a', 'bc'),
    sha256('abc'),
    sha256('a","bc'),
    sha256('abc', ''),
  ]);
  expect(new Set(all).size).toBe(all.length);
});
