import { expect, test } from 'vitest';
import { callMessage } from './message.js';

const nameOf = (tool: string) =>
  callMessage({ protocol: '2026-07-28' }, 1, { tool, arguments: {} }, {}).headers['Mcp-Name'];

test.each<[tool: string, header: string]>([
  ['list_tables', 'list_tables'],
  ['two words', 'two words'],
  ['', ''],
  ['検索', '=?base64?5qSc57Si?='],
  ['café', '=?base64?Y2Fmw6k=?='],
  [' padded', '=?base64?IHBhZGRlZA==?='],
  ['a\r\nb', '=?base64?YQ0KYg==?='],
  ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
])('the name %j is sent as %j', (tool, header) => {
  expect(nameOf(tool)).toBe(header);
});
