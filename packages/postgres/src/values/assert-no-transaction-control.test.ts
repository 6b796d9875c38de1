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
  "prepare/**/transaction 'x'",
  'rollback/* to */work',
  'rollback -- to a\n and chain',
  'rollback tomorrow',
  '/* a /* b */ commit */ /**/commit',
  '\f\v\rcommit/**/;/**/',
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
  'set/**/transaction read write',
  'set--a\ntransaction read write',
  'set/* /* a */ */local/**/transaction/**/read write',
  'SET\f/* local work_mem */\vSESSION -- b\r\n CHARACTERISTICS/**/as transaction read write',
  'set/**/"transaction_read_only"/**/= off',
  'set local/**/DEFAULT_transaction_read_only = off',
  'set U&"transaction\\005fread_only" = off',
  'set/**/session u&"t!0072ansaction_read_only" uescape \'!\' = off',
  'reset/**/all',
  'reset -- a\n "transaction_read_only"',
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
  'set/**/session/**/authorization/**/postgres',
  'SET -- a\n LOCAL /* a /* b */ */ SESSION\fAUTHORIZATION/**/DEFAULT',
  'set/**/session -- a\n session/* b */authorization postgres',
  'set/**/session_authorization/**/= postgres',
  'set session/**/"session_authorization"/**/to postgres',
  'reset/**/session -- a\r authorization',
  'reset/* a */"session_authorization"',
])('refuses %j, which is whose login it is', (text) => {
  expect(() => assertNoTransactionControl(text)).toThrow(/that of handlers/);
});

it.each([
  'set search_path = pg_catalog',
  "set -- local\n timezone = 'UTC'",
  "set app.memory = 'x'",
  "set session work_mem = '1MB'",
  'set role reporter',
  'set session role reporter',
  'set/**/role none',
  'set local_time = 1',
  'set "local" = 1',
  'prepare p as select 1',
  'prepare/**/transactions as select 1',
  'LISTEN news',
  'declare c cursor with hold for select 1',
  'declare "a b" binary insensitive no scroll cursor with/**/hold for select 1',
])('refuses %j, which would outlive the transaction', (text) => {
  expect(() => assertNoTransactionControl(text)).toThrow(/after the call/);
});

it.each([
  "set local work_mem = '1MB'",
  "update jobs set transaction_read_only = 'off'",
  'select 1',
  'savepoint a',
  'release savepoint a',
  'rollback to a',
  'rollback/**/to a',
  'rollback/* a */work -- b\n to savepoint "a"',
  'commit$1',
  'set/**/local/**/work_mem = 1',
  'set local "my.transaction_read_only" = 1',
  'set constraints all deferred',
  'set local role reporter',
  'reset role',
  'declare c cursor without hold for select 1',
  "declare c cursor for select 'cursor with hold'",
  'reset/* all */ work_mem',
  '/* set transaction read write */ select 1',
  'ROLLBACK TRANSACTION TO SAVEPOINT a',
  'prepared',
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
