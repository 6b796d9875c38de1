import { expect, test } from 'vitest';
import { deriveAccess } from './derive-access.js';

test.each([
  [{ readOnlyHint: true }, { access: 'read', derivedFrom: 'annotations' }],
  [
    { readOnlyHint: true, destructiveHint: true },
    { access: 'read', derivedFrom: 'annotations' },
  ],
  [{ readOnlyHint: false }, { access: 'write', effects: 'phased', derivedFrom: 'annotations' }],
  [{ readOnlyHint: 'true' as never }, { access: 'write', effects: 'phased', derivedFrom: 'annotations' }],
  [{ idempotentHint: true }, { access: 'write', effects: 'phased', derivedFrom: 'annotations' }],
  [{}, { access: 'write', effects: 'phased', derivedFrom: 'annotations' }],
  [undefined, { access: 'write', effects: 'phased', derivedFrom: 'annotations' }],
])('a foreign tool with the annotations %j is treated as %j', (annotations, access) => {
  expect(deriveAccess(annotations)).toEqual(access);
});
