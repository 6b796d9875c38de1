import type { Effect, RecordedCall } from './history.js';

/**
 * What is wrong with the effects of writes: an operation that happened more than once, one that was answered and did not happen,
 * an answer that names another row than there is, a row of another tenant than its caller's, a refund that was paid twice.
 */
export function judgeEffects(
  calls: readonly RecordedCall[],
  effects: readonly Effect[],
  paid: readonly string[],
): readonly string[] {
  const wrong: string[] = [];
  const made = new Map<string, Effect[]>();
  for (const effect of effects) made.set(effect.operation, [...(made.get(effect.operation) ?? []), effect]);
  for (const [operation, rows] of made) {
    if (rows.length > 1) wrong.push(`${operation} happened ${rows.length} times`);
  }
  for (const { operation, code, row, tenant, tool } of calls) {
    if (operation === undefined || code !== 'ok' || tool !== 'create_invoice') continue;
    const [effect] = made.get(operation) ?? [];
    if (effect === undefined) wrong.push(`${operation} was answered and did not happen`);
    else if (effect.row !== row) wrong.push(`${operation} made row ${effect.row} and was answered ${row}`);
    else if (effect.tenant !== tenant) wrong.push(`${operation} of ${tenant} is a row of ${effect.tenant}`);
  }
  const once = new Set<string>();
  for (const key of paid) {
    if (once.has(key)) wrong.push(`refund ${key} was paid more than once`);
    once.add(key);
  }
  const refunded = new Set(
    calls.filter(({ tool, code }) => tool === 'refund_order' && code === 'ok').map(({ operation }) => operation),
  );
  if (refunded.size > once.size) wrong.push(`${refunded.size} refunds were answered and ${once.size} paid`);
  return wrong;
}
