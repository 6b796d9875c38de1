import { expect, it } from 'vitest';
import { assertNoTransactionControl } from './assert-no-transaction-control.js';

it.each([
  'commit',
  'COMMIT;',
  '  begin',
  'start transaction',
  'end',
  'abort',
  'rollback',
  'ROLLBACK WORK',
  'rollback and chain',
  "prepare transaction 'x'",
  '; commit',
  '-- a\ncommit',
  '/* a /* nested */ b */ commit',
  '/**/commit',
  '/* a */ -- b\n ; /* c */ rollback',
])('refuses %j', (text) => {
  expect(() => assertNoTransactionControl(text)).toThrow(/ended by the framework/);
});

it.each([
  'select 1',
  'savepoint a',
  'release savepoint a',
  'rollback to a',
  'ROLLBACK TRANSACTION TO SAVEPOINT a',
  'prepare p as select 1',
  'select 1 as commit',
  "select 'commit'",
  '/* commit */ select 1',
  '-- commit\nselect 1',
  'beginning',
  '/* never closed',
  '',
])('lets %j pass', (text) => {
  expect(() => assertNoTransactionControl(text)).not.toThrow();
});
