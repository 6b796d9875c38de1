import assert from 'node:assert/strict';
import type { UsageBatch, UsageEntry, UsageStore } from '@sallyport/core';
import { daysBefore } from './days-before.js';
import { randomFrom } from './random-from.js';

/** Random batches of three sources over four days, some of them sent again; the model is the list of what was recorded once. */
export async function sumOfBatches(
  { store, today }: { readonly store: UsageStore; readonly today: string },
  entryOf: (over: Partial<UsageEntry>) => UsageEntry,
  seed: number,
): Promise<void> {
  const random = randomFrom(seed);
  const pick = <T>(...of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  const expected: { day: string; entry: UsageEntry }[] = [];
  const sent = new Map<string, UsageBatch>();
  for (let step = 0; step < 120; step++) {
    const source = pick('one', 'two', 'three');
    const last = sent.get(source);
    if (last !== undefined && random() < 0.4) {
      await store.record(last);
      continue;
    }
    const owners = new Map<string, UsageEntry>();
    for (let made = 0; made < 1 + random() * 4; made++) {
      const owner = { tenant: pick('acme', 'globex'), agent: pick('a', 'b', 'c'), tool: pick('x', 'y') };
      const took = { calls: pick(0, 1, 2, 9), cost: pick(0, 0.5, 3), handlerMs: pick(0, 0.25, 70) };
      owners.set(JSON.stringify(owner), entryOf({ ...owner, ...took }));
    }
    const day = daysBefore(today, Math.floor(random() * 4));
    const next = { source, number: (last?.number ?? 0) + pick(1, 1, 5), day, entries: [...owners.values()] };
    sent.set(source, next);
    await store.record(next);
    expected.push(...next.entries.map((one) => ({ day, entry: one })));
  }
  for (const by of ['agent', 'tenant', 'tool'] as const) {
    for (const [from, to] of [
      [3, 0],
      [1, 1],
    ] as const) {
      const range = { from: daysBefore(today, from), to: daysBefore(today, to) };
      const inRange = expected.filter(({ day }) => day >= range.from && day <= range.to);
      const rows = await store.read({ ...range, by });
      for (const field of ['calls', 'cost'] as const) {
        const total = inRange.reduce((sum, { entry: took }) => sum + took[field], 0);
        assert.equal(
          rows.reduce((sum, row) => sum + row[field], 0),
          total,
          `all ${field} by ${by}`,
        );
      }
      for (const row of rows) {
        const own = inRange.filter(({ entry: { tenant, agent, tool } }) =>
          by === 'tool' ? tool === row.tool : tenant === row.tenant && (by === 'tenant' || agent === row.agent),
        );
        for (const field of ['calls', 'handlerMs', 'inputTokens', 'outputTokens', 'cost'] as const) {
          assert.equal(
            row[field],
            own.reduce((sum, { entry: took }) => sum + took[field], 0),
            `${by} ${field}`,
          );
        }
      }
    }
  }
}
