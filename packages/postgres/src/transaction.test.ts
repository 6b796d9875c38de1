import { expect, test } from 'vitest';
import type { Driver } from './driver.js';
import { Transaction } from './transaction.js';

/** A driver whose one lease tells how it was ended. */
function controlledDriver() {
  const ends: string[] = [];
  const end = (how: string) => async () => void ends.push(how);
  const done = async () => ({ columns: [], rows: [], command: 'SELECT', affectedRows: 0 });
  const lease = {
    session: { script: async () => {}, statement: done },
    interrupt() {},
    ...{ commit: end('commit'), release: end('release'), abandon: end('abandon') },
  };
  const driver: Driver = {
    lease: async () => lease,
    measures: () => [],
    ping: async () => {},
    close: async () => {},
  };
  return { driver, ends };
}

/** Lets everything that waits for no more than promises go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  ['scope ends', 'before'],
  ['scope ends', 'during'],
  ['scope ends', 'right after'],
  ['holder rolls it back', 'before'],
  ['holder rolls it back', 'during'],
  ['holder rolls it back', 'right after'],
])('a transaction whose %s %s the last statement of its commit is ended once, without effect', async (how, when) => {
  const { driver, ends } = controlledDriver();
  const scope = new AbortController();
  const { signal } = scope;
  const transaction = await Transaction.open(driver, 'app', { tenant: 'acme', signal, remainingMs: () => 60_000 });
  const end = () => (how === 'scope ends' ? scope.abort() : void transaction.rollback());
  let finish = () => {};
  const last = new Promise<void>((resolve) => {
    finish = resolve;
  });
  if (when === 'before') end();
  const committed = transaction.commit(() => last).catch((error: Error) => error.message);
  await settled();
  if (when === 'during') end();
  await settled();
  finish();
  if (when === 'right after') end();
  expect(await committed).toMatch(how === 'scope ends' ? /caller gave up/ : /was rolled back/);
  await transaction.rollback();
  expect(ends).toEqual(['abandon']);
});

test('a transaction that commits is not ended again by its scope', async () => {
  const { driver, ends } = controlledDriver();
  const scope = new AbortController();
  const { signal } = scope;
  const transaction = await Transaction.open(driver, 'app', { tenant: 'acme', signal, remainingMs: () => 60_000 });
  const committed = transaction.commit(async () => {});
  await settled();
  scope.abort();
  await committed;
  await transaction.rollback();
  expect(ends).toEqual(['commit']);
});
