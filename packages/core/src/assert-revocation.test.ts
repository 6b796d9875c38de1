import { describe, expect, it } from 'vitest';
import { assertRevocation } from './assert-revocation.js';
import type { Revoked } from './deny-list.js';

const now = 1_800_000_000_000;
const later = now + 3_600_000;
const check = (entry: unknown, until: unknown = later) => assertRevocation(entry as Revoked, until as number, now);

it.each<Revoked>([{ issuer: 'i', tokenId: 't' }, { subject: 's', issuer: 'i' }, { tenant: ' ' }])(
  'an entry that names somebody, until a time to come, is one: %j',
  (entry) => {
    expect(() => check(entry)).not.toThrow();
    expect(() => check(entry, now + 1)).not.toThrow();
  },
);

describe('an entry that names nobody, or not only whom it seems to, is refused', () => {
  it.each([
    [{ tenant: undefined }],
    [{ tenant: '' }],
    [{ tenant: 7 }],
    [{ tenant: ['acme'] }],
    [{ issuer: 'i', sub: 's' }],
    [{ issuer: 'i', subject: '' }],
    [{ issuer: '', tokenId: 't' }],
    [{ issuer: 'i', subject: 's', tokenId: undefined }],
    [{ issuer: 'i', subject: 's', tenant: 'acme' }],
    [{ subject: 's' }],
    [{ issuer: 'i' }],
    [{ 'issuer,subject': 'x' }],
    [{}],
    [[]],
    ['tenant'],
    [null],
    [undefined],
  ])('%j', (entry) => {
    expect(() => check(entry)).toThrow(TypeError);
  });
});

describe('a time at which nothing would be revoked is refused', () => {
  it.each([
    ['the exp of a token, in seconds', later / 1_000],
    ['now', now],
    ['before', now - 1],
    ['none', Number.NaN],
    ['never', Number.POSITIVE_INFINITY],
    ['later than a date can say', 1e300],
    ['a text', String(later)],
    ['a date', new Date(later)],
    ['undefined', undefined],
  ])('%s', (_, until) => {
    const refused = () => assertRevocation({ tenant: 'acme' }, until as number, now);
    expect(refused).toThrow(RangeError);
  });
});
