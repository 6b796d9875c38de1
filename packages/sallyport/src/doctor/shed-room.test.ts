import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findingsOf } from './finding.js';
import { shedRoom } from './shed-room.js';

const found = findingsOf('postgres');

test.each([
  [10, 2_000, 'warning'],
  [10, 81, 'warning'],
  [10, 80, 'ok'],
  [10, 40, 'ok'],
  [250, 2_000, 'ok'],
] as const)('a pool of %i and a maximum of %i calls are %3$s', (connections, maxLimit, level) => {
  const { level: said, what } = shedRoom(found, connections, maxLimit);
  expect(said).toBe(level);
  expect(what).toContain(`up to ${maxLimit} calls`);
  expect(what).toContain(`a pool of ${connections}`);
});

test('the bounds it advises are never warned of', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (connections) => {
      const advised = /maxLimit (\d+)/.exec(shedRoom(found, connections, 1_000_000).fix ?? '')?.[1];
      return shedRoom(found, connections, Number(advised)).level === 'ok';
    }),
  );
});
