import { DatabaseError } from '../database-error.js';
import type { Driver, Login } from '../driver.js';
import { Transaction } from '../transaction.js';
import { assertSafeRole } from './assert-safe-role.js';
import type { SafetyRules } from './safety-rule.js';

const startUpMs = 15_000;

/**
 * Runs the start-up check as a login. A server that cannot be reached, or refuses it, is an answer to the operator as
 * well.
 */
export async function checkLogin(driver: Driver, login: Login, rules: Omit<SafetyRules, 'login'>): Promise<void> {
  const bounds = { tenant: undefined, signal: AbortSignal.timeout(startUpMs), remainingMs: () => startUpMs };
  try {
    const transaction = await Transaction.open(driver, login, { ...bounds, readOnly: true });
    await assertSafeRole(transaction.session, { ...rules, login }).finally(() => transaction.rollback());
  } catch (error) {
    const { setUpWith } = rules;
    if (!(error instanceof DatabaseError) || error.kind !== 'unavailable' || setUpWith === undefined) throw error;
    throw new DatabaseError('unavailable', `${error.message}. Has "${setUpWith}" been run for this database?`, {
      cause: error,
    });
  }
}
