import { describe, expect, it } from 'vitest';
import { hasUniqueMembers } from './unique-members.js';

describe('names in a JSON object', () => {
  it.each([
    ['{}', true],
    ['{"a":1,"b":{"a":2},"c":[{"a":3}]}', true],
    ['{"a":"\\"a\\":1","b":"a"}', true],
    ['{"a\\\\":1,"a":2}', true],
    ['{"a":1,"a":2}', false],
    ['{"a" : 1, "b":[], "\\u0061"\n:2}', false],
  ])('%s: each occurs once is %s', (json, expected) => {
    expect(hasUniqueMembers(json)).toBe(expected);
  });

  it.each([
    ['quotes of a string without an end', '"\\"'],
    ['backslashes', '"\\\\'],
    ['empty strings', '""'],
    ['strings before much white space', '"" '],
    ['open brackets', '['],
  ])('%s, however many, cost what their length is worth: no caller needs a token to send them', (_, piece) => {
    const began = process.cpuUsage();
    hasUniqueMembers(piece.repeat(50_000));
    hasUniqueMembers(`${piece.repeat(50_000)}\\`);
    // A quadratic search takes ten seconds and more.
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
  });
});
