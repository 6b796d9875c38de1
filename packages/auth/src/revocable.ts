import { type Clock, type DenyList, type Principal, systemClock } from '@sallyport/core';
import { assertOptions, option } from '@sallyport/core/adapter';
import { assertAuthenticator } from './assert-authenticator.js';
import { AuthError } from './auth-error.js';
import type { Authenticator } from './authenticator.js';

/** How old an answer may be, and what happens without one. */
export interface RevocableOptions {
  /** How long an ordinary call may rely on the list's last answer about its caller, in milliseconds, at most 5,000. Default 2,000. */
  readonly freshMs?: number;
  /** Ordinary calls when the list cannot be asked. Sensitive tools are refused always. Default `refuse`. */
  readonly whenUnreachable?: 'refuse' | 'allow';
  /** How long the list may take to answer, in milliseconds. Default 1,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

interface Known {
  readonly revoked: boolean;
  readonly at: number;
}

/**
 * Refuses callers that are on a deny list, also when their token was verified before and is remembered: a revoked token is
 * dead within `freshMs`. `recheck`, which the edge calls before sensitive and admin tools, asks live and rejects with
 * `unavailable` when the list cannot be asked.
 *
 * @example
 * ```ts
 * import { type Authenticator, memoryDenyList, revocable } from '@sallyport/auth';
 *
 * const denied = memoryDenyList();
 * // A revoked token is dead within half a second.
 * export const guarded = (authenticator: Authenticator) => revocable(authenticator, denied, { freshMs: 500 });
 * ```
 */
export function revocable<A extends Authenticator>(
  authenticator: A,
  list: DenyList,
  options: RevocableOptions = {},
): A {
  assertAuthenticator('revocable', authenticator);
  const problem = option.having('isRevoked')(list);
  if (problem !== undefined) throw new TypeError(`revocable: the deny list ${problem}`);
  assertOptions('revocable', options, checks satisfies Record<keyof RevocableOptions, unknown>);
  const { freshMs = 2_000, whenUnreachable = 'refuse', timeoutMs = 1_000, clock = systemClock } = options;
  const answers = new WeakMap<Principal, Known>();

  const isRevoked = async (principal: Principal, live: boolean): Promise<boolean> => {
    const at = clock.now();
    try {
      const answer = live && list.isRevokedNow ? list.isRevokedNow(principal) : list.isRevoked(principal);
      // A list in this process answers at once: nothing to wait for, nothing to remember.
      if (typeof answer === 'boolean') return answer;
      const revoked = await inTime(answer, timeoutMs, clock);
      answers.set(principal, { revoked, at });
      return revoked;
    } catch (error) {
      throw new AuthError('unavailable', 'the deny list cannot be asked', { cause: error });
    }
  };
  const ask = async (principal: Principal, live: boolean): Promise<void> => {
    if (await isRevoked(principal, live)) throw revokedError();
  };
  const check = async (principal: Principal): Promise<void> => {
    const known = answers.get(principal);
    const now = clock.now();
    if (known !== undefined && now >= known.at && now - known.at < freshMs) {
      if (known.revoked) throw revokedError();
      return;
    }
    try {
      await ask(principal, false);
    } catch (error) {
      const unreachable = error instanceof AuthError && error.kind === 'unavailable';
      // What was revoked stays so while nobody can be asked.
      if (unreachable && known?.revoked === true) throw revokedError();
      if (!unreachable || whenUnreachable === 'refuse') throw error;
    }
  };
  return {
    ...authenticator,
    async authenticate(authorization, request) {
      const principal = await authenticator.authenticate(authorization, request);
      await check(principal);
      return principal;
    },
    async recheck(principal) {
      await authenticator.recheck?.(principal);
      await ask(principal, true);
    },
  };
}

const checks = {
  freshMs: option.between(0, 5_000),
  whenUnreachable: option.oneOf('refuse', 'allow'),
  timeoutMs: option.positive('milliseconds'),
  clock: option.having('now', 'setTimeout', 'clearTimeout'),
};

const revokedError = () => new AuthError('invalid', 'revoked');

/** The list's answer, or a rejection when it takes too long. */
async function inTime(answer: Promise<boolean>, timeoutMs: number, clock: Clock): Promise<boolean> {
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([answer, late]).finally(() => clock.clearTimeout(timer));
}
