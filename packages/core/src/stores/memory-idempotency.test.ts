import { FakeClock, idempotencyStoreContract } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim, HeldClaim, IdempotencyStore } from '../idempotency-store.js';
import { memoryIdempotency } from './memory-idempotency.js';

const leaseMs = 30_000;
const retentionMs = 100_000;
const ask = (key: string, fingerprint = 'f', tenant = 'acme') => ({ tenant, key, fingerprint, leaseMs, retentionMs });

describe('memoryIdempotency keeps the contract of every idempotency store', () => {
  const fresh = () => {
    const clock = new FakeClock();
    return { store: memoryIdempotency({ clock }), advance: (ms: number) => clock.advance(ms) };
  };
  for (const { title, prove } of idempotencyStoreContract(fresh)) test(title, prove);
});

/** What one key must be, by the words of the contract alone. */
interface Expected {
  state: 'free' | 'held' | 'unknown' | 'settled';
  fingerprint: string;
  token: number;
  until: number;
  result: string;
}

interface Model {
  nowMs: number;
  lastToken: number;
  readonly keys: Map<string, Expected>;
  /** Every claim that was ever handed out: stale holders act too. */
  readonly held: HeldClaim[];
}

interface Real {
  readonly clock: FakeClock;
  readonly store: IdempotencyStore;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Where time has moved a key by now. A key that is unknown is forgotten no earlier than after the retention. */
function current(model: Model, key: string): Expected {
  const known = model.keys.get(key) ?? { state: 'free', fingerprint: '', token: 0, until: 0, result: '' };
  if (known.state === 'held' && known.until <= model.nowMs)
    Object.assign(known, { state: 'unknown', until: known.until + retentionMs });
  if (known.state === 'settled' && known.until <= model.nowMs) known.state = 'free';
  model.keys.set(key, known);
  return known;
}

class ClaimKey implements Command {
  constructor(
    readonly key: string,
    readonly fingerprint: string,
  ) {}
  check = () => true;
  async run(model: Model, { store }: Real) {
    const known = current(model, this.key);
    const claim = await store.claim(ask(this.key, this.fingerprint));
    const forgotten = known.state === 'unknown' && known.until <= model.nowMs && claim.state === 'claimed';
    if (forgotten) known.state = 'free';
    expect(claim.state).toBe(expectedState(known, this.fingerprint));
    if (claim.state === 'settled') expect(claim.result).toBe(known.result);
    if (claim.state !== 'claimed' && claim.state !== 'unknown') return;
    expect(claim.token).toBeGreaterThan(model.lastToken);
    model.lastToken = claim.token;
    model.held.push({ tenant: 'acme', key: this.key, token: claim.token });
    Object.assign(known, {
      state: 'held',
      fingerprint: this.fingerprint,
      token: claim.token,
      until: model.nowMs + leaseMs,
    });
  }
  toString = () => `claim(${this.key}, ${this.fingerprint})`;
}

function expectedState(known: Expected, fingerprint: string): Claim['state'] {
  if (known.state === 'free') return 'claimed';
  if (known.fingerprint !== fingerprint) return 'conflict';
  return known.state === 'held' ? 'in-progress' : known.state;
}

class Act implements Command {
  constructor(
    readonly verb: 'settle' | 'renew' | 'release' | 'abandon',
    readonly which: number,
  ) {}
  check = (model: Readonly<Model>) => model.held.length > 0;
  async run(model: Model, { store }: Real) {
    const held = model.held[this.which % model.held.length] as HeldClaim;
    const known = current(model, held.key);
    // Beyond the retention an unknown key may be forgotten or not: nothing to check.
    if (known.state === 'unknown' && known.until <= model.nowMs) return;
    const mine = known.token === held.token && (known.state === 'held' || known.state === 'unknown');
    const { nowMs } = model;
    if (this.verb === 'settle') {
      expect(await store.settle(held, `result ${held.token}`)).toBe(mine);
      if (mine) Object.assign(known, { state: 'settled', until: nowMs + retentionMs, result: `result ${held.token}` });
    } else if (this.verb === 'renew') {
      expect(await store.renew(held, leaseMs)).toBe(mine);
      if (mine) Object.assign(known, { state: 'held', until: nowMs + leaseMs });
    } else if (this.verb === 'release') {
      await store.release(held);
      if (mine) known.state = 'free';
    } else {
      await store.abandon(held);
      if (mine) Object.assign(known, { state: 'unknown', until: nowMs + retentionMs });
    }
  }
  toString = () => `${this.verb}(#${this.which})`;
}

class Wait implements Command {
  constructor(readonly ms: number) {}
  check = () => true;
  async run(model: Model, { clock }: Real) {
    await clock.advance(this.ms);
    model.nowMs += this.ms;
  }
  toString = () => `wait(${this.ms})`;
}

test('behaves like its contract under any sequence of claims, ends and waits', async () => {
  const key = fc.constantFrom('a', 'b');
  const commands = fc.commands(
    [
      fc.tuple(key, fc.constantFrom('f', 'f', 'f', 'g')).map(([name, print]) => new ClaimKey(name, print)),
      fc
        .tuple(fc.constantFrom('settle', 'renew', 'release', 'abandon'), fc.nat(20))
        .map(([verb, which]) => new Act(verb as Act['verb'], which)),
      fc.constantFrom(1, 9_999, 29_999, 30_000, 70_000, 99_999, 100_000).map((ms) => new Wait(ms)),
    ],
    { size: '+1' },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const clock = new FakeClock(0);
      const setup = () => ({
        model: { nowMs: 0, lastToken: Number.NEGATIVE_INFINITY, keys: new Map(), held: [] } as Model,
        real: { clock, store: memoryIdempotency({ clock }) },
      });
      await fc.asyncModelRun(setup, sequence);
    }),
    { numRuns: 300 },
  );
});

async function settleOne(store: IdempotencyStore, key: string, result = 'r', tenant = 'acme') {
  const claim = await store.claim(ask(key, 'f', tenant));
  if (claim.state !== 'claimed') throw new Error(claim.state);
  await store.settle({ tenant, key, token: claim.token }, result);
}

/** Claims and settles new keys of a tenant until the store refuses; resolves to how many it took. */
async function fill(store: IdempotencyStore, tenant: string, result = 'r'): Promise<number> {
  for (let count = 0; ; count++) {
    try {
      await settleOne(store, `${tenant} ${count}`, result, tenant);
    } catch (error) {
      expect(error).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 60_000 });
      return count;
    }
  }
}

test('a store without room refuses new keys as DEPENDENCY_UNAVAILABLE, forgets none early, and still replays', async () => {
  const clock = new FakeClock();
  const store = memoryIdempotency({ clock, maxKeys: 200 });
  expect(await fill(store, 'acme')).toBe(100);
  for (let key = 100; key < 10_000; key++) {
    await expect(store.claim(ask(`acme ${key}`))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  }
  for (let key = 0; key < 100; key++) expect((await store.claim(ask(`acme ${key}`))).state).toBe('settled');
  await clock.advance(retentionMs);
  expect((await store.claim(ask('new'))).state).toBe('claimed');
});

describe('no tenant can lock the others out:', () => {
  test('one alone gets half, and whoever comes next half of what is left, by keys and by the size of results', async () => {
    for (const [bounds, result] of [
      [{ maxKeys: 1_000 }, 'r'],
      [{ maxResultLength: 1_000 * 50 }, 'x'.repeat(50)],
    ] as const) {
      const store = memoryIdempotency({ clock: new FakeClock(), ...bounds });
      expect([await fill(store, 'a', result), await fill(store, 'b', result), await fill(store, 'c', result)]).toEqual([
        500, 250, 125,
      ]);
    }
  });

  test('whatever seven greedy tenants did, in any order, a tenant without keys is served (by 2^8 keys)', async () => {
    const greed = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 300 })), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(greed, async (bursts) => {
        const store = memoryIdempotency({ clock: new FakeClock(), maxKeys: 256 });
        let key = 0;
        for (const [tenant, count] of bursts)
          for (let i = 0; i < count; i++) {
            await settleOne(store, `${key++}`, 'r', `t${tenant}`).catch(() => undefined);
          }
        expect((await store.claim(ask('first', 'f', 'calm'))).state).toBe('claimed');
      }),
      { numRuns: 100 },
    );
  });

  test('what a tenant gives back, it can take again', async () => {
    const clock = new FakeClock();
    const store = memoryIdempotency({ clock, maxKeys: 10 });
    for (let round = 0; round < 5; round++) {
      expect(await fill(store, `tenant ${round}`)).toBe(5);
      await clock.advance(retentionMs);
    }
    for (let round = 0; round < 20; round++) {
      const claim = await store.claim(ask(`released ${round}`));
      if (claim.state === 'claimed')
        await store.release({ tenant: 'acme', key: `released ${round}`, token: claim.token });
      expect(claim.state).toBe('claimed');
    }
  });
});

test('results are bounded in size over all keys, and the room of what is forgotten is given back', async () => {
  const clock = new FakeClock();
  const store = memoryIdempotency({ clock, maxResultLength: 1_000 });
  await settleOne(store, 'a', 'x'.repeat(1_000));
  await expect(store.claim(ask('b'))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  expect((await store.claim(ask('a'))).state).toBe('settled');
  await clock.advance(retentionMs);
  await settleOne(store, 'a', 'y');
  expect((await store.claim(ask('b'))).state).toBe('claimed');
});

test('a claim that expired in a full store is still unknown, not free', async () => {
  const clock = new FakeClock();
  const store = memoryIdempotency({ clock, maxKeys: 1 });
  await store.claim(ask('a'));
  await clock.advance(leaseMs + 60_000);
  await expect(store.claim(ask('b'))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  expect((await store.claim(ask('a'))).state).toBe('unknown');
});
