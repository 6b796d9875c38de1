import { expect, test } from 'vitest';
import { nestedTransaction } from './nested-transaction.js';

test.each([
  ['begin', 'SAVEPOINT sallyport_orm'],
  ['/* tag */ BEGIN TRANSACTION;', 'SAVEPOINT sallyport_orm'],
  ['begin/**/work -- a\n ; ', 'SAVEPOINT sallyport_orm'],
  ['start transaction', 'SAVEPOINT sallyport_orm'],
  ['begin isolation level read committed', 'SAVEPOINT sallyport_orm'],
  ['start/**/transaction isolation -- a\n level/**/read uncommitted, not deferrable', 'SAVEPOINT sallyport_orm'],
  ['commit', 'RELEASE SAVEPOINT sallyport_orm'],
  ['COMMIT WORK;', 'RELEASE SAVEPOINT sallyport_orm'],
  ['rollback', 'ROLLBACK TO SAVEPOINT sallyport_orm'],
  ['/**/rollback/**/transaction', 'ROLLBACK TO SAVEPOINT sallyport_orm'],
])('%j is a savepoint of the call’s transaction, whether that reads or writes', (text, savepoint) => {
  for (const readOnly of [true, false]) expect(nestedTransaction(text, readOnly)?.text).toBe(savepoint);
});

test.each([
  ['begin read only', true],
  ['begin transaction isolation level read committed read only', true],
  ['START TRANSACTION/**/READ/* a /* b */ */ONLY, ISOLATION LEVEL READ COMMITTED ,not deferrable;', true],
  ['begin read write', false],
  ['start transaction isolation level read committed, read -- a\n write', false],
])('%j asks for what the call’s transaction is only where readOnly is %j', (text, readOnly) => {
  expect(nestedTransaction(text, readOnly)).toEqual({ opens: true, text: 'SAVEPOINT sallyport_orm' });
  expect(() => nestedTransaction(text, !readOnly)).toThrow(
    readOnly ? /^READ ONLY: .* is READ COMMITTED and READ WRITE/ : /^READ WRITE: .* is READ COMMITTED and READ ONLY/,
  );
});

test.each([
  ['begin isolation level serializable', /^ISOLATION LEVEL SERIALIZABLE: /],
  ['begin transaction isolation level repeatable read, read only', /^ISOLATION LEVEL REPEATABLE READ: /],
  ['begin/**/transaction/**/isolation/**/level/**/repeatable/**/read read write', /^ISOLATION LEVEL REPEATABLE READ: /],
  ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE', /^ISOLATION LEVEL SERIALIZABLE: /],
  ['begin isolation level read committed, deferrable', /^DEFERRABLE: /],
  ['begin read write, read only', /^READ (ONLY|WRITE): /],
])('%j is refused, whether the call’s transaction reads or writes', (text, words) => {
  for (const readOnly of [true, false]) expect(() => nestedTransaction(text, readOnly)).toThrow(words);
});

test.each([
  'begin; select 1',
  'begin read only; select 1',
  'begin read only, ; select 1',
  'begin read',
  'begin something else',
  'begin (1)',
  'beginning',
  'start',
  'commit and chain',
  'commit; select 1',
  'rollback to a',
  'select 1',
  'savepoint a',
  '',
])('%j is none', (text) => {
  for (const readOnly of [true, false]) expect(nestedTransaction(text, readOnly)).toBeUndefined();
});
