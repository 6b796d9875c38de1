import { expect, it } from 'vitest';
import { DatabaseError, QueryRefused } from '../database-error.js';
import { refusedQuery } from './refused-query.js';

const refused = (sqlState: string, message: string): unknown => {
  try {
    return refusedQuery(new DatabaseError('statement', message, { sqlState }));
  } catch (error) {
    return error;
  }
};

it('what Postgres says about the SQL is for its author', () => {
  expect(refused('42703', 'column "a" does not exist')).toMatchObject({
    kind: 'query_refused',
    message: 'column "a" does not exist.',
  });
  expect(refused('XX000', 'invalid memory alloc request size 2000000000')).toMatchObject({
    kind: 'query_refused',
    message: expect.stringMatching(/memory/),
  });
});

it('what it says about itself is not', () => {
  expect(refused('58P01', 'could not open file "base/5/1259"')).not.toBeInstanceOf(QueryRefused);
  expect(refused('XX000', 'cache lookup failed for relation 5')).not.toBeInstanceOf(QueryRefused);
  expect(() => refusedQuery(new DatabaseError('timeout', 'late', { sqlState: '57014' }))).toThrow('late');
});
