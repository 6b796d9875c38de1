import type { ToolResult } from '@sallyport/core';
import type { Database } from '@sallyport/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../database.js';
import { type FakeProvider, startFakeProvider } from '../payments/fake-provider.js';
import { paymentsAt } from '../payments/payments.js';
import { refundOrder } from './refund-order.js';
import { toolStack } from './tool-stack.js';

let database: Database;
let provider: FakeProvider;
beforeAll(async () => {
  database = await openDatabase();
  provider = await startFakeProvider();
});
afterAll(async () => {
  await provider.close();
  await database.close();
});

const fault = (name: string) =>
  fetch(`${provider.url}/fault`, { method: 'PUT', body: JSON.stringify({ fault: name }) }).then((sent) => {
    expect(sent.status).toBe(200);
  });
const made = async (order: number): Promise<unknown[]> => {
  const all = (await (await fetch(`${provider.url}/refunds`)).json()) as { order: string }[];
  return all.filter((refund) => refund.order === String(order));
};
const refunded = async (order: number): Promise<unknown> => {
  const scope = { tenant: 'acme', signal: new AbortController().signal, remainingMs: () => 10_000 };
  const [row] = await database.transaction(scope, (sql) =>
    sql('select refunded_cents, status from orders where id = $1', [order]),
  );
  return row;
};
/** A new stack for each call, as after a restart: what it knows is in the database. */
const refund = (order_id: number, amount_cents: number, key: string): Promise<ToolResult> =>
  refundOrder(toolStack(database, { agentLimits: {}, report: () => {} }), paymentsAt(provider.url)).call({
    input: { order_id, amount_cents },
    auth: { issuer: 'test', subject: 'agent', tenant: 'acme', scopes: ['mcp:tools:write'] },
    meta: { 'dev.sallyport/idempotencyKey': key },
  });
const code = (answer: ToolResult): unknown =>
  (answer._meta?.['dev.sallyport/error'] as { code?: unknown } | undefined)?.code;

test('a refund is made once, and its answer replayed', async () => {
  const first = await refund(1, 250, 'a');
  expect(first.structuredContent).toEqual({ order_id: 1, refunded_cents: 250, left_cents: 1000 });
  expect(await refund(1, 250, 'a')).toMatchObject({ structuredContent: first.structuredContent });
  expect(await made(1)).toHaveLength(1);
  expect(await refunded(1)).toEqual({ refunded_cents: 250, status: 'paid' });
});

test('when the provider’s answer is lost, the call that comes again finds the refund and makes no other', async () => {
  await fault('lost answer');
  expect(code(await refund(3, 100, 'b'))).toBe('OUTCOME_UNKNOWN');
  expect(await made(3)).toHaveLength(1);
  await fault('none');
  expect((await refund(3, 100, 'b')).structuredContent).toEqual({ order_id: 3, refunded_cents: 100, left_cents: 2400 });
  expect(await made(3)).toHaveLength(1);
  expect(await refunded(3)).toMatchObject({ refunded_cents: 100 });
});

test('when the provider was down, the call that comes again makes the refund', async () => {
  await fault('down');
  expect(code(await refund(5, 100, 'c'))).toBe('OUTCOME_UNKNOWN');
  // Nobody can tell, so it is asked about first; the provider is known not to have it.
  await fault('none');
  expect((await refund(5, 100, 'c')).structuredContent).toMatchObject({ refunded_cents: 100 });
  expect(await made(5)).toHaveLength(1);
});

test('when nobody can tell, nothing is refunded again', async () => {
  await fault('lost answer');
  await refund(7, 100, 'd');
  const gone = refundOrder(toolStack(database, { report: () => {} }), paymentsAt('http://127.0.0.1:9'));
  const asked = await gone.call({
    input: { order_id: 7, amount_cents: 100 },
    auth: { issuer: 'test', subject: 'agent', tenant: 'acme', scopes: ['mcp:tools:write'] },
    meta: { 'dev.sallyport/idempotencyKey': 'd' },
  });
  expect(code(asked)).toBe('OUTCOME_UNKNOWN');
  await fault('none');
  expect((await refund(7, 100, 'd')).structuredContent).toMatchObject({ refunded_cents: 100 });
  expect(await made(7)).toHaveLength(1);
});

test('a refund that the provider declines is undone, and the key keeps that answer', async () => {
  await fault('declined');
  expect(code(await refund(9, 100, 'e'))).toBe('POLICY_DENIED');
  await fault('none');
  expect(code(await refund(9, 100, 'e'))).toBe('POLICY_DENIED');
  expect(await made(9)).toEqual([]);
  expect(await refunded(9)).toEqual({ refunded_cents: 0, status: 'paid' });
});

test('refunds at the same time never exceed what was paid', async () => {
  // Order 5 was 3,750 cents, of which 100 are gone.
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => refund(5, 1_000, `f${i}`)));
  expect(answers.filter((answer) => answer.isError !== true)).toHaveLength(3);
  expect(new Set(answers.map(code))).toEqual(new Set([undefined, 'INVALID_INPUT']));
  expect(await refunded(5)).toMatchObject({ refunded_cents: 3_100 });
});
