import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { encode } from 'gpt-tokenizer';
import { describe, expect, test } from 'vitest';
import { estimateSize, estimateTokens } from './estimate-size.js';

const root = new URL('../../../', import.meta.url);
const read = (folder: string, ends: string) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(ends))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8'));

const rows = JSON.stringify(
  Array.from({ length: 100 }, (_, id) => ({
    id,
    customer: `Customer ${id}`,
    total_cents: id * 1_234,
    paid: id % 2 === 0,
  })),
);
const corpora: Record<string, readonly string[]> = {
  prose: read('docs', '.md'),
  code: read('packages/core/src/layers', '.ts'),
  JSON: [rows, ...read('.', 'package.json')],
};

describe('the tokens of', () => {
  test.each(Object.keys(corpora))('%s are estimated within a fifth', (kind) => {
    const texts = corpora[kind] ?? [];
    const real = texts.reduce((sum, text) => sum + encode(text).length, 0);
    const estimated = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
    console.log(`token estimate, ${kind}: ${estimated} of ${real}, ${((estimated / real - 1) * 100).toFixed(1)} %`);
    expect(Math.abs(estimated / real - 1)).toBeLessThan(0.2);
  });
});

test('the bytes of a value are those of its JSON, but for escapes', () => {
  const value = fc.jsonValue({ depthSize: 'small', stringUnit: fc.constantFrom('a', 'Z', '7', ' ', 'ä', '€', '😀') });
  fc.assert(
    fc.property(value, (json) => {
      const exact = Buffer.byteLength(JSON.stringify(json));
      expect(Math.abs(estimateSize(json).bytes - exact)).toBeLessThanOrEqual(2 + exact * 0.25);
    }),
  );
});

test('it throws for nothing and follows nothing for ever', () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  const hostile = {
    get x(): never {
      throw new Error('no');
    },
  };
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  for (const value of [circle, hostile, deep, undefined, Symbol('x'), 1n, new Array(1_000_000).fill(0)]) {
    expect(estimateSize(value).bytes).toBeGreaterThanOrEqual(0);
  }
});

test('a long text is judged by its beginning', () => {
  const text = 'word '.repeat(100_000);
  const before = process.cpuUsage();
  expect(estimateTokens(text)).toBeGreaterThan(90_000);
  expect(process.cpuUsage(before).user).toBeLessThan(20_000);
});
