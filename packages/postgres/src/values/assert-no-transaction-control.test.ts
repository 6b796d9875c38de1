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
  'set transaction read write',
  'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'set session characteristics as transaction read write',
  'set transaction_read_only = off',
  'set local transaction_read_only to off',
  'set session "transaction_read_only" = off',
  'set default_transaction_read_only = off',
  'reset transaction_read_only',
  'reset all',
  '/* a */ set transaction read write',
])('refuses %j, which is how a transaction is run', (text) => {
  expect(() => assertNoTransactionControl(text)).toThrow(/not for a handler/);
});

it.each([
  'set session authorization postgres',
  'SET LOCAL SESSION AUTHORIZATION DEFAULT',
  'set session session authorization postgres',
  'set session_authorization = postgres',
  'set local "session_authorization" to postgres',
  'reset session authorization',
  'reset session_authorization',
  '/* a */ set session authorization postgres',
])('refuses %j, which is whose login it is', (text) => {
  expect(() => assertNoTransactionControl(text)).toThrow(/that of handlers/);
});

it.each([
  "set local work_mem = '1MB'",
  "update jobs set transaction_read_only = 'off'",
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
