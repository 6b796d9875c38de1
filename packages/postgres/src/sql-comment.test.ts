import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sqlComment } from './sql-comment.js';

it('is the format of sqlcommenter: keys sorted, values quoted and percent-encoded', () => {
  expect(sqlComment({ tool: 'create_invoice', agent: "o'brien/*x*/", tenant: 'acme' })).toBe(
    " /*agent='o%27brien%2F%2ax%2a%2F',tenant='acme',tool='create_invoice'*/",
  );
  expect(sqlComment({})).toBe('');
});

it('cannot be ended by what it holds, whatever that is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (agent) => {
      const comment = sqlComment({ agent });
      expect(comment === '' || /^ \/\*agent='[A-Za-z0-9_.~%-]*'\*\/$/.test(comment)).toBe(true);
    }),
  );
  expect(sqlComment({ agent: '\ud800' })).toBe(" /*agent='%EF%BF%BD'*/");
});
