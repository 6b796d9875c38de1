import { expect, test } from 'vitest';
import type { Driver } from './driver.js';
import type { Waiting } from './permits.js';
import { Transaction } from './transaction.js';

/** A driver whose one lease tells how it was waited for and ended. */
function controlledDriver() {
  const waits: Waiting[] = [];
  const ends: string[] = [];
  const end = (how: string) => async () => void ends.push(how);
  const done = async () => ({ columns: [], rows: [], command: 'SELECT', affectedRows: 0 });
  const lease = {
    session: { script: async () => {}, statement: done },
    interrupt() {},
    ...{ commit: end('commit'), release: end('release'), abandon: end('abandon') },
  };
  const driver: Driver = {
    async lease(_login, _signal, waiting) {
      waits.push(waiting);
      return lease;
    },
    measures: () => [],
    ping: async () => {},
    close: async () => {},
  };
  return { driver, ends, waits };
}

/** Lets everything that waits for no more than promises go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a connection is waited for by the time and priority of the scope; by who is patient, whatever wait is expected', async () => {
  const { driver, waits } = controlledDriver();
  const scope = { tenant: 'acme', signal: new AbortController().signal, remainingMs: () => 500 };
  for (const patient of [false, true]) {
    const transaction = await Transaction.open(driver, 'app', { ...scope, priority: 'critical', patient });
    await transaction.rollback();
  }
  expect(waits).toEqual([{ priority: 'critical', leftMs: 500 }, { priority: 'critical' }]);
});

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
