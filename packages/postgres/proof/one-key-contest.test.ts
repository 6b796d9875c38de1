import { describe, expect, test } from 'vitest';
import type { Database } from '../src/database.js';
import type { Session } from '../src/session.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { contestKeys } from './one-key-contest.js';

/** A database whose sessions change the text of statements. */
const rewriting =
  (rewrite: (text: string) => string) =>
  (database: Database): Database => ({
    ...database,
    async open(scope) {
      const transaction = await database.open(scope);
      const { session } = transaction;
      const changed: Session = { ...session, statement: (text, ...rest) => session.statement(rewrite(text), ...rest) };
      return Object.create(transaction, {
        session: { value: changed },
        rollback: { value: () => transaction.rollback() },
        commit: { value: (last?: Parameters<typeof transaction.commit>[0]) => transaction.commit(last) },
      }) as typeof transaction;
    },
  });

describe.skipIf(!postgresAnswers)('a hundred calls with one key on two instances', () => {
  test('run once; the others replay that byte for byte, or are in progress, and do not wait for it', async () => {
    const report = await onShop((shop) => contestKeys(shop, { rounds: 3, handlerMs: 2_000, seed: 1 }));
    expect(report).toMatchObject({ calls: 300, wrong: [], notOnce: [] });
    expect(report.replayed).toBeGreaterThan(0);
    expect(report.inProgress).toBeGreaterThan(0);
    // `soak:postgres` asks for 300 ms. Here it need only be plain that nobody waited, however busy the machine is.
    expect(report.slowestMs).toBeLessThan(1_500);
  });

  test('are found to wait when the key is locked with a lock that waits', async () => {
    const report = await onShop(async (shop) => {
      await shop.admin('grant execute on function pg_advisory_xact_lock(bigint) to sallyport_app');
      const waits = rewriting((text) =>
        text.includes('begin_effect')
          ? text.replace('FROM sallyport', 'FROM pg_advisory_xact_lock(hashtextextended($1, 0)), sallyport')
          : text,
      );
      return contestKeys(shop, { rounds: 1, handlerMs: 2_000, seed: 1, seeded: waits });
    });
    expect(report.slowestMs).toBeGreaterThan(1_500);
  });

  test('are found to run twice when the key is not looked at', async () => {
    const blind = rewriting((text) =>
      text.includes('begin_effect') ? "SELECT 'claimed', '1', NULL, NULL WHERE $1 <> $2" : text,
    );
    const report = await onShop((shop) => contestKeys(shop, { rounds: 1, handlerMs: 200, seed: 1, seeded: blind }));
    expect(report.notOnce).toHaveLength(1);
  });
});
