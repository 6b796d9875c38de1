import { DatabaseError } from '../database-error.js';
import type { Driver, Login } from '../driver.js';
import { Transaction } from '../transaction.js';
import { assertSafeRole } from './assert-safe-role.js';
import { rightLogin } from './login-rules.js';
import type { SafetyRules } from './safety-rule.js';

const startUpMs = 15_000;

/** What the server answers when the login or the database that set-up makes is not there. */
const notSetUp = /^(28|3D)/;

/**
 * Runs the start-up check as a login. A server that cannot be reached, or refuses it, is an answer to the operator as
 * well.
 */
export async function checkLogin(driver: Driver, login: Login, rules: Omit<SafetyRules, 'login'>): Promise<void> {
  const bounds = { tenant: undefined, signal: new AbortController().signal, remainingMs: () => startUpMs };
  try {
    const transaction = await Transaction.open(driver, login, { ...bounds, readOnly: true });
    await assertSafeRole(transaction.session, { ...rules, login }).finally(() => transaction.rollback());
  } catch (error) {
    throw error instanceof DatabaseError ? forOperators(error, login, rules.setUpWith) : error;
  }
}

function forOperators(error: DatabaseError, login: Login, setUpWith: string | undefined): DatabaseError {
  const { kind, message, sqlState } = error;
  const unavailable = (text: string) => new DatabaseError('unavailable', text, { cause: error });
  if (kind === 'timeout' || (kind === 'unavailable' && sqlState === undefined && /timeout|timed ?out/i.test(message))) {
    const where = rightLogin[login].variable;
    return unavailable(
      `the database did not answer in time (${message}): can ${where} be reached from here, and is it not stuck?`,
    );
  }
  return setUpWith !== undefined && notSetUp.test(sqlState ?? '')
    ? unavailable(`${message}. Has "${setUpWith}" been run for this database?`)
    : error;
}
