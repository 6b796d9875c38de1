import { describe, expect, test } from 'vitest';
import { createDatabase, postgresAnswers } from '../support/postgres-database.js';
import { type CutOptions, cutResponses } from './cut-responses.js';

const cutOn = async (options: CutOptions) => {
  const database = await createDatabase();
  try {
    return await cutResponses(database, options);
  } finally {
    await database.drop();
  }
};

describe.skipIf(!(await postgresAnswers()))('a response that is cut off', () => {
  // `soak:effects` cuts 200 calls at each of their bytes.
  test('at any byte, has one effect and one answer when the call comes again under a new id', {
    timeout: 240_000,
  }, async () => {
    const whole = await cutOn({ calls: 1 });
    expect(whole).toMatchObject({ notOnce: [], differing: [] });
    expect(whole.cuts).toBeGreaterThan(whole.bytes[1]);
    const some = await cutOn({ calls: 16, every: 29 });
    expect(some).toMatchObject({ notOnce: [], differing: [] });
    expect(some.cuts).toBeGreaterThan(300);
  });

  test('a call without a key is found to have two effects then', async () => {
    const { cuts, notOnce } = await cutOn({ calls: 1, every: 29, withoutKeys: true });
    expect(notOnce.length).toBeGreaterThan(cuts / 2);
  });
});
