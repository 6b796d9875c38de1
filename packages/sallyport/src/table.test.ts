import { expect, test } from 'vitest';
import { table } from './table.js';

test('columns are as wide as their widest cell, empty ones are left out, and lines end with their text', () => {
  const rows = [
    ['a', '', 'long text', ''],
    ['bcd', '', 'x', ''],
  ];
  expect(table(['name', 'none', 'what', 'nothing'], rows)).toBe('name  what\na     long text\nbcd   x\n');
});

test('what a terminal would obey is not printed', () => {
  expect(table(['h'], [['\u001b[2Jgone\u202e']])).toBe('h\n [2Jgone\n');
});
