import { expect, test } from 'vitest';
import { bugs } from './edge-fuzz/bugs.js';
import { fuzz } from './edge-fuzz/fuzz.js';

/** The full run is `npx pnpm@12 soak:edge`. */
test.each([
  [3_000, 'none'],
  [1_500, 'memory'],
] as const)(
  '%i generated requests, sessions %s: each is answered as it should be or closed, and the server neither crashes, grows nor shows its inside',
  async (count, sessions) => {
    const seed = 1 + Math.floor(Math.random() * 1_000_000);
    const { violations, statuses, good } = await fuzz({ count, seed, sessions });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    // It reached everything it was meant to reach.
    expect(good).toBeGreaterThan(count / 8);
    for (const status of [200, 202, 400, 401, 403, 404, 405, 429]) {
      expect(statuses[status], String(status)).toBeGreaterThan(0);
    }
  },
  180_000,
);

test.each(Object.keys(bugs))(
  'a server that %s is found out',
  async (bug) => {
    const { violations } = await fuzz({ count: 4_000, seed: 1, bug, firstOnly: true, patienceMs: 3_000 });
    expect(violations.length).toBeGreaterThan(0);
  },
  180_000,
);
