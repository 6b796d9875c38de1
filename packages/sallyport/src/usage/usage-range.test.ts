import { expect, test } from 'vitest';
import { usageRange } from './usage-range.js';

const now = Date.UTC(2026, 2, 1, 12);

test('the last days end today, or on the day that is given', () => {
  expect(usageRange({}, now)).toEqual({ from: '2026-01-31', to: '2026-03-01' });
  expect(usageRange({ days: 1 }, now)).toEqual({ from: '2026-03-01', to: '2026-03-01' });
  expect(usageRange({ days: 2, to: '2024-03-01' }, now)).toEqual({ from: '2024-02-29', to: '2024-03-01' });
  expect(usageRange({ from: '2026-02-01' }, now)).toEqual({ from: '2026-02-01', to: '2026-03-01' });
});

test('what names no range cannot be run', () => {
  expect(() => usageRange({ days: 1, from: '2026-02-01' }, now)).toThrow('either');
  expect(() => usageRange({ to: 'soon' }, now)).toThrow('--to');
});
