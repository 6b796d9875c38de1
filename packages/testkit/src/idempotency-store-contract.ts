import assert from 'node:assert/strict';
import type { Claim, ClaimRequest, HeldClaim, IdempotencyStore } from '@sallyport/core';
import { type ContractRule, rule, type StoreUnderTest } from './contract-rule.js';

const tenant = 'acme';
/** Short, so that the suite is bearable on a store whose clock cannot be set. */
const leaseMs = 300;
const retentionMs = 900;

/**
 * What every {@link IdempotencyStore} promises, as rules to run under any test runner, each on a fresh store.
 *
 * @example
 * ```ts
 * import { memoryIdempotency } from '@sallyport/core';
 * import { FakeClock, idempotencyStoreContract } from '@sallyport/testkit';
 * import { test } from 'vitest';
 *
 * const fresh = () => {
 *   const clock = new FakeClock();
 *   return { store: memoryIdempotency({ clock }), advance: (ms: number) => clock.advance(ms) };
 * };
 * for (const { title, prove } of idempotencyStoreContract(fresh)) test(title, prove);
 * ```
 */
export function idempotencyStoreContract(
  fresh: () => StoreUnderTest<IdempotencyStore> | Promise<StoreUnderTest<IdempotencyStore>>,
): readonly ContractRule[] {
  const ask = (over: Partial<ClaimRequest> = {}): ClaimRequest => ({
    tenant,
    key: 'key',
    fingerprint: 'fingerprint',
    leaseMs,
    retentionMs,
    ...over,
  });
  const on = (title: string, body: (subject: StoreUnderTest<IdempotencyStore>) => Promise<void>) =>
    rule(fresh, title, body);

  return [
    on('the first claim of a key is held, and the next call with it is in progress', async ({ store }) => {
      held(await store.claim(ask()));
      const second = await store.claim(ask());
      assert.equal(second.state, 'in-progress');
      assert.ok(second.state === 'in-progress' && second.retryAfterMs > 0);
    }),

    on('a result over the size that the store keeps is refused and never cut; the claim stays', async ({ store }) => {
      const { maxResultBytes } = store;
      if (maxResultBytes === undefined) return;
      const claim = held(await store.claim(ask()));
      // Two bytes of UTF-8 each.
      const over = 'é'.repeat(Math.floor(maxResultBytes / 2) + 1);
      await assert.rejects(store.settle(claim, over), RangeError);
      assert.equal((await store.claim(ask())).state, 'in-progress');
      const fits = 'x'.repeat(maxResultBytes);
      assert.equal(await store.settle(claim, fits), true);
      const replayed = await store.claim(ask());
      assert.ok(replayed.state === 'settled' && replayed.result === fits, 'not the whole result');
    }),

    on('of a hundred claims that come together one is held', async ({ store }) => {
      const claims = await Promise.all(Array.from({ length: 100 }, () => store.claim(ask({ leaseMs: 60_000 }))));
      assert.equal(claims.filter(({ state }) => state === 'claimed').length, 1);
      assert.equal(claims.filter(({ state }) => state === 'in-progress').length, 99);
    }),

    on('keys do not meet', async ({ store }) => {
      held(await store.claim(ask({ key: 'a' })));
      held(await store.claim(ask({ key: 'b' })));
    }),

    on('a settled key answers with its result, unchanged, again and again', async ({ store }) => {
      const result = '{"text":"é\\n\u{1F600}\\u0000"}';
      assert.equal(await store.settle(held(await store.claim(ask())), result), true);
      for (let again = 0; again < 3; again++) assert.deepEqual(await store.claim(ask()), { state: 'settled', result });
    }),

    on(
      'another fingerprint under a key is a conflict while it runs, when it is settled and when it is unknown',
      async ({ store }) => {
        const other = ask({ fingerprint: 'other' });
        const first = held(await store.claim(ask()));
        assert.deepEqual(await store.claim(other), { state: 'conflict' });
        await store.abandon(first);
        assert.deepEqual(await store.claim(other), { state: 'conflict' });
        const again = await store.claim(ask());
        assert.equal(again.state, 'unknown');
        await store.settle(held(again), 'secret');
        assert.deepEqual(await store.claim(other), { state: 'conflict' });
      },
    ),

    on('a released key is free again, for other arguments too', async ({ store }) => {
      await store.release(held(await store.claim(ask())));
      held(await store.claim(ask({ fingerprint: 'other' })));
    }),

    on('an end that is told again, because its first answer was lost, changes nothing', async ({ store }) => {
      const settled = held(await store.claim(ask()));
      for (const result of ['first', 'second']) await store.settle(settled, result);
      assert.deepEqual(await store.claim(ask()), { state: 'settled', result: 'first' });
      const released = { ...held(await store.claim(ask({ key: 'released' }))), key: 'released' };
      await store.release(released);
      held(await store.claim(ask({ key: 'released' })));
      await store.release(released);
      assert.equal((await store.claim(ask({ key: 'released' }))).state, 'in-progress');
      const abandoned = { ...held(await store.claim(ask({ key: 'abandoned' }))), key: 'abandoned' };
      await store.abandon(abandoned);
      const successor = held(await store.claim(ask({ key: 'abandoned' })));
      await store.settle({ ...successor, key: 'abandoned' }, 'found');
      await store.abandon(abandoned);
      assert.equal((await store.claim(ask({ key: 'abandoned' }))).state, 'settled');
    }),

    on('a claim that expires turns unknown, and is never free', async ({ store, advance, toleranceMs = 0 }) => {
      const first = held(await store.claim(ask()));
      await advance(leaseMs - 1 - toleranceMs);
      assert.equal((await store.claim(ask())).state, 'in-progress');
      await advance(1 + 2 * toleranceMs);
      const second = await store.claim(ask());
      assert.equal(second.state, 'unknown');
      assert.ok(held(second).token > first.token, 'the fencing token did not grow');
    }),

    on('who finds a key unknown holds it: the next one waits', async ({ store }) => {
      await store.abandon(held(await store.claim(ask())));
      assert.equal((await store.claim(ask())).state, 'unknown');
      assert.equal((await store.claim(ask())).state, 'in-progress');
    }),

    on('an unknown key stays unknown for as long as results are kept', async ({ store, advance, toleranceMs = 0 }) => {
      await store.abandon(held(await store.claim(ask())));
      await advance(retentionMs - 1 - toleranceMs);
      assert.equal((await store.claim(ask())).state, 'unknown');
    }),

    on('renewing keeps a claim from turning unknown', async ({ store, advance }) => {
      const claim = held(await store.claim(ask()));
      for (let beat = 0; beat < 4; beat++) {
        await advance(leaseMs / 2);
        assert.equal(await store.renew(claim, leaseMs), true);
      }
      assert.equal((await store.claim(ask())).state, 'in-progress');
    }),

    on('fencing tokens grow with every claim of a key, also across releases', async ({ store }) => {
      let last = Number.NEGATIVE_INFINITY;
      for (let round = 0; round < 10; round++) {
        const claim = held(await store.claim(ask()));
        assert.ok(claim.token > last, `${claim.token} after ${last}`);
        last = claim.token;
        if (round % 2 === 0) await store.release(claim);
        else await store.abandon(claim);
      }
    }),

    on(
      'a holder that was succeeded can neither settle, renew, release nor abandon',
      async ({ store, advance, toleranceMs = 0 }) => {
        const stale = held(await store.claim(ask()));
        await advance(leaseMs + toleranceMs);
        const successor = await store.claim(ask());
        assert.equal(successor.state, 'unknown');
        assert.equal(await store.settle(stale, 'stale'), false);
        assert.equal(await store.renew(stale, leaseMs), false);
        await store.release(stale);
        await store.abandon(stale);
        assert.equal((await store.claim(ask())).state, 'in-progress', "the successor's claim was touched");
        assert.equal(await store.settle(held(successor), 'fresh'), true);
        assert.deepEqual(await store.claim(ask()), { state: 'settled', result: 'fresh' });
      },
    ),

    on(
      'a holder whose claim expired may still settle it when nobody has succeeded it',
      async ({ store, advance, toleranceMs = 0 }) => {
        const late = held(await store.claim(ask()));
        await advance(leaseMs + toleranceMs);
        assert.equal(await store.settle(late, 'late'), true);
        assert.deepEqual(await store.claim(ask()), { state: 'settled', result: 'late' });
      },
    ),

    on('a result is stored once: settling, releasing or abandoning it again changes nothing', async ({ store }) => {
      const claim = held(await store.claim(ask()));
      assert.equal(await store.settle(claim, 'first'), true);
      assert.equal(await store.settle(claim, 'second'), false);
      await store.release(claim);
      await store.abandon(claim);
      assert.equal(await store.renew(claim, leaseMs), false);
      assert.deepEqual(await store.claim(ask()), { state: 'settled', result: 'first' });
    }),

    on(
      'a result is kept for the retention, counted from when it was settled',
      async ({ store, advance, toleranceMs = 0 }) => {
        const claim = held(await store.claim(ask()));
        await advance(leaseMs / 2);
        await store.settle(claim, 'kept');
        await advance(retentionMs - 1 - toleranceMs);
        assert.equal((await store.claim(ask())).state, 'settled');
        await advance(1 + 2 * toleranceMs);
        const next = await store.claim(ask({ fingerprint: 'other' }));
        assert.equal(next.state, 'claimed', 'kept beyond its retention');
        assert.ok(held(next).token > claim.token);
      },
    ),
  ];
}

function held(claim: Claim): HeldClaim {
  assert.ok(claim.state === 'claimed' || claim.state === 'unknown', `the key is ${claim.state}`);
  return { tenant, key: 'key', token: claim.token };
}
