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

  test('are doubled by a store whose claims expire, and a few storms find it', { timeout: 300_000 }, async () => {
    const found: string[] = [];
    // Where a kill falls is chance: it has to fall between an effect and its result.
    for (let seed = 2; seed < 8 && found.length === 0; seed++) {
      const storms = { kills: 12, pauses: 0, pauseMs: 0, hurry: true, seed, bug: 'expiring claims' };
      found.push(...(await storm(storms)).notOnce);
    }
    expect(found).not.toEqual([]);
  });
});
