import assert from 'node:assert/strict';
import type { DenyList, Principal, Revoked } from '@sallyport/core';
import { type ContractRule, rule, type StoreUnderTest } from './contract-rule.js';
import { testPrincipal } from './principal.js';

/** A fresh, empty list, and the wall clock by which its entries end. */
export interface DenyListUnderTest extends StoreUnderTest<DenyList> {
  /** Unix milliseconds. */
  now(): number;
}

/** Short, so that the suite is bearable on a list whose clock cannot be set. */
const briefMs = 400;
const longMs = 3_600_000;

/**
 * What every {@link DenyList} promises to the instance that revokes, as rules to run under any test runner, each on a fresh
 * list. How soon other instances know is the list's own promise.
 *
 * @example
 * ```ts
 * import { memoryDenyList } from '@sallyport/auth';
 * import { denyListContract, FakeClock } from '@sallyport/testkit';
 * import { test } from 'vitest';
 *
 * const fresh = () => {
 *   const clock = new FakeClock();
 *   return { store: memoryDenyList({ clock }), advance: (ms: number) => clock.advance(ms), now: () => clock.now() };
 * };
 * for (const { title, prove } of denyListContract(fresh)) test(title, prove);
 * ```
 */
export function denyListContract(fresh: () => DenyListUnderTest | Promise<DenyListUnderTest>): readonly ContractRule[] {
  const caller = testPrincipal({ tokenId: 'token-1' });
  const { issuer, subject } = caller;
  const on = (title: string, body: (subject: DenyListUnderTest) => Promise<void>) => rule(fresh, title, body);

  return [
    on('nobody is revoked on an empty list', async ({ store }) => {
      await expectRevoked(store, caller, false);
    }),

    ...(
      [
        ['token', { issuer, tokenId: 'token-1' }],
        ['subject', { issuer, subject }],
        ['tenant', { tenant: 'acme' }],
      ] as const
    ).map(([what, entry]) =>
      on(`a revoked ${what} is revoked as soon as that is said`, async ({ store, now }) => {
        await store.revoke(entry, now() + longMs);
        await expectRevoked(store, caller, true);
      }),
    ),

    ...(
      [
        ['of another issuer', { issuer: 'https://other.test', subject }],
        ['of another subject', { issuer, subject: 'agent-2' }],
        ['of another token', { issuer, tokenId: 'token-2' }],
        ['of another tenant', { tenant: 'globex' }],
        ['whose token id is written like a subject', { issuer, tokenId: subject }],
        ['whose tenant is written like a subject', { tenant: subject }],
      ] satisfies [string, Revoked][]
    ).map(([which, entry]) =>
      on(`an entry ${which} concerns nobody else`, async ({ store, now }) => {
        await store.revoke(entry, now() + longMs);
        await expectRevoked(store, caller, false);
      }),
    ),

    on('names may be any text', async ({ store, now }) => {
      const odd = testPrincipal({
        issuer: 'https://é.test/"]',
        subject: '\u{1F600}\n\\"} {',
        tokenId: '%00',
        tenant: '{}',
      });
      await store.revoke({ tenant: '}{' }, now() + longMs);
      await expectRevoked(store, odd, false);
      await store.revoke({ issuer: odd.issuer, subject: odd.subject }, now() + longMs);
      await expectRevoked(store, odd, true);
    }),

    on('a caller without a token id or a tenant is found by its subject', async ({ store, now }) => {
      const bare: Principal = { issuer, subject, scopes: [] };
      await store.revoke({ issuer, tokenId: 'token-1' }, now() + longMs);
      await expectRevoked(store, bare, false);
      await store.revoke({ issuer, subject }, now() + longMs);
      await expectRevoked(store, bare, true);
    }),

    on('an entry ends at its time', async ({ store, advance, now, toleranceMs = 0 }) => {
      await store.revoke({ issuer, subject }, now() + briefMs);
      await advance(briefMs - 1 - toleranceMs);
      await expectRevoked(store, caller, true);
      await advance(1 + 2 * toleranceMs);
      await expectRevoked(store, caller, false);
    }),

    on('a shorter revocation does not end a longer one', async ({ store, advance, now, toleranceMs = 0 }) => {
      await store.revoke({ issuer, subject }, now() + longMs);
      await store.revoke({ issuer, subject }, now() + briefMs);
      await advance(briefMs + toleranceMs);
      await expectRevoked(store, caller, true);
    }),

    on('a longer revocation extends a shorter one', async ({ store, advance, now, toleranceMs = 0 }) => {
      await store.revoke({ issuer, subject }, now() + briefMs);
      await store.revoke({ issuer, subject }, now() + longMs);
      await advance(briefMs + toleranceMs);
      await expectRevoked(store, caller, true);
    }),

    on('an entry that is taken back concerns nobody any more, and is known to have been there', async (list) => {
      const { store, now } = list;
      await store.revoke({ issuer, subject }, now() + longMs);
      assert.equal(await store.reinstate({ issuer, subject }), true);
      await expectRevoked(store, caller, false);
      assert.equal(await store.reinstate({ issuer, subject }), false);
    }),

    on(
      'what is taken back is exactly one entry: another that concerns the same caller stays',
      async ({ store, now }) => {
        await store.revoke({ issuer, tokenId: 'token-1' }, now() + longMs);
        await store.revoke({ tenant: 'acme' }, now() + longMs);
        for (const other of [{ issuer, subject }, { issuer, tokenId: 'token-2' }, { tenant: 'globex' }])
          assert.equal(await store.reinstate(other), false);
        assert.equal(await store.reinstate({ tenant: 'acme' }), true);
        await expectRevoked(store, caller, true);
        assert.equal(await store.reinstate({ issuer, tokenId: 'token-1' }), true);
        await expectRevoked(store, caller, false);
      },
    ),

    on('what was taken back can be revoked again, also for a shorter time', async (list) => {
      const { store, now, advance, toleranceMs = 0 } = list;
      await store.revoke({ issuer, subject }, now() + longMs);
      await store.reinstate({ issuer, subject });
      await store.revoke({ issuer, subject }, now() + briefMs);
      await expectRevoked(store, caller, true);
      await advance(briefMs + toleranceMs);
      await expectRevoked(store, caller, false);
    }),

    on('a time that is none is refused', async ({ store }) => {
      for (const until of [Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(async () => store.revoke({ issuer, subject }, until), RangeError);
      }
      await expectRevoked(store, caller, false);
    }),

    on('a time that is over is refused: one in seconds above all', async ({ store, now }) => {
      for (const until of [now(), now() - 1, Math.floor(now() / 1_000), 0, -1]) {
        await assert.rejects(async () => store.revoke({ issuer, subject }, until), RangeError);
      }
      await expectRevoked(store, caller, false);
    }),

    on('an entry that names nobody is refused', async ({ store, now }) => {
      const entries: readonly unknown[] = [
        { tenant: undefined },
        { tenant: '' },
        { issuer, sub: subject },
        { issuer, subject: '' },
        { issuer, subject, tokenId: undefined },
        {},
      ];
      for (const entry of entries) {
        await assert.rejects(async () => store.revoke(entry as Revoked, now() + longMs), TypeError);
      }
      await expectRevoked(store, caller, false);
    }),
  ];
}

/** By the copy and, where there is one, by the list itself. */
async function expectRevoked(list: DenyList, principal: Principal, revoked: boolean): Promise<void> {
  assert.equal(await list.isRevoked(principal), revoked, 'isRevoked');
  if (list.isRevokedNow !== undefined) assert.equal(await list.isRevokedNow(principal), revoked, 'isRevokedNow');
}
