import { describe, expect, test } from 'vitest';
import { createDatabase, postgresAnswers } from '../support/postgres-database.js';
import { killStorm, type StormOptions } from './kill-storm.js';
import { stormHeld } from './storm-report.js';

const storm = async (options: StormOptions) => {
  const database = await createDatabase();
  try {
    return await killStorm(database, options);
  } finally {
    await database.drop();
  }
};

describe.skipIf(!(await postgresAnswers()))('effects, when processes are killed in the middle of them', () => {
  test('are made exactly once in the database, with as many entries of the audit, and elsewhere at most once', {
    timeout: 300_000,
  }, async () => {
    const report = await storm({ kills: 12, pauses: 3, pauseMs: 10_000, hurry: true, seed: 1 });
    expect(report.cutOff).toBeGreaterThanOrEqual(12);
    expect(stormHeld(report), JSON.stringify(report)).toBe(true);
  });

  test.each([
    ['a store whose claims expire', 'expiring claims', 'notOnce'],
    ['an audit trail that is written apart', 'audited apart', 'unaudited'],
  ] as const)('find %s, in a few storms', { timeout: 300_000 }, async (_what, bug, finds) => {
    // Where a kill falls is chance: it has to fall between two transactions that should be one.
    for (let seed = 2; seed < 8; seed++) {
      const report = await storm({ kills: 25, pauses: 0, pauseMs: 0, hurry: true, seed, bug });
      if ([report[finds]].flat().some((found) => found !== 0)) return;
    }
    expect.fail(`${bug}: not found`);
  });
});
