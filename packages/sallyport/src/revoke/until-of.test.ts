import { expect, test } from 'vitest';
import { untilOf } from './until-of.js';

test('a revocation ends after the time, or at the time, that is given', () => {
  expect(untilOf({ for: '30m' }, 1_000)).toBe(1_801_000);
  expect(untilOf({ for: '12h' }, 0)).toBe(43_200_000);
  expect(untilOf({ for: '7d' }, 0)).toBe(604_800_000);
  expect(untilOf({ until: '2026-12-31T23:59:00Z' }, 0)).toBe(Date.UTC(2026, 11, 31, 23, 59));
});

test.each([{}, { for: '1h', until: '2026-12-31' }, { for: '0h' }, { for: '1' }, { for: '1y' }, { until: 'soon' }])(
  'anything else cannot be run: %j',
  (options) => {
    expect(() => untilOf(options, 0)).toThrow(/--(for|until)/);
  },
);

test('a time that is over cannot be run, and is named with its option', () => {
  const now = Date.UTC(2026, 0, 1);
  for (const until of ['2020-01-01', '2026-01-01T00:00:00Z'])
    expect(() => untilOf({ until }, now)).toThrow(
      `--until ${until} is over already: nobody would be revoked. Give the time when the last token it concerns has expired`,
    );
});
