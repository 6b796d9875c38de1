import { expect, it } from 'vitest';
import { poolShortage } from './pool-shortage.js';

it('says the sum when the pool is smaller than what its agents may ask at once', () => {
  expect(poolShortage(10, { agents: 4 })).toBe(
    "the pool has 10 connections, and 4 agents × 5 calls at once make 20: raise the pool's max to 20, or lower the limit of concurrent calls to 2",
  );
  expect(poolShortage(10, { agents: 30, concurrent: 1 })).toMatch(/make 30: .* to 1$/);
});

it('says nothing when it is large enough', () => {
  expect(poolShortage(20, { agents: 4 })).toBeUndefined();
});
