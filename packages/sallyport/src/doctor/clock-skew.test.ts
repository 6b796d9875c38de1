import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockSkew } from './clock-skew.js';
import { findingsOf } from './finding.js';

const found = findingsOf('x');
const level = (askedAt: number, answeredAt: number, saidAt: number, resolutionMs = 0) =>
  clockSkew(found, 'X', { askedAt, answeredAt, saidAt, resolutionMs }).level;

test('clocks that agree are never reported, however long the answer took and however coarse it is', () => {
  const ms = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(ms, ms, ms, fc.constantFrom(0, 1_000), (askedAt, there, back, resolutionMs) => {
      const at = askedAt + there;
      const saidAt = resolutionMs === 0 ? at : Math.floor(at / resolutionMs) * resolutionMs;
      return level(askedAt, at + back, saidAt, resolutionMs) === 'ok';
    }),
  );
});

test('clocks that differ by more than 5 seconds, in either direction, are reported with the difference', () => {
  expect(level(0, 100, 5_101)).toBe('error');
  expect(level(0, 100, 5_100)).toBe('ok');
  expect(level(6_001, 6_002, 0, 1_000)).toBe('error');
  expect(level(6_000, 6_002, 0, 1_000)).toBe('ok');
  const behind = clockSkew(found, 'X', { askedAt: 3_600_000, answeredAt: 3_600_100, saidAt: 0 });
  expect(behind.what).toBe('the clock of X is 3600 s behind that of this machine');
});
