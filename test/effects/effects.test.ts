import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createDatabase, postgresAnswers } from '../support/postgres-database.js';
import { killStorm, type StormOptions } from './kill-storm.js';
import { stormHeld } from './storm-report.js';

const storm = async (options: StormOptions, seededSql?: string) => {
  const database = await createDatabase();
  try {
    if (seededSql !== undefined) {
      await database.query(await readFile(new URL(`./seeded/${seededSql}`, import.meta.url), 'utf8'));
    }
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
      const report = await storm({ kills: 12, pauses: 0, pauseMs: 0, hurry: true, seed, bug });
      if ([report[finds]].flat().some((found) => found !== 0)) return;
    }
    expect.fail(`${bug}: not found`);
  });

  test.each([
    ['an effect elsewhere that runs again when its claim has expired', 'claims that run again', 'doubled'],
    ['an unknown outcome that is told as done', 'unknown is done', 'differing'],
  ] as const)('find %s', { timeout: 300_000 }, async (_what, bug, finds) => {
    const report = await storm({ kills: 2, pauses: 0, pauseMs: 0, hurry: true, aimed: true, seed: 1, bug });
    expect(report[finds]).not.toEqual([]);
  });
});

describe.skipIf(!(await postgresAnswers()))('effects, when processes are stopped beyond every claim and go on', () => {
  test.each([
    ['an effect that is not in the transaction of its result', 'expiring claims', undefined],
    ['a result that is kept whatever the fencing token says', 'leased effects', 'unfenced-settle.sql'],
  ])('find %s', { timeout: 300_000 }, async (_what, bug, seededSql) => {
    const report = await storm(
      { kills: 0, pauses: 8, pauseMs: 3_000, hurry: true, aimed: true, seed: 1, bug },
      seededSql,
    );
    expect(report.notOnce).not.toEqual([]);
  });
});
