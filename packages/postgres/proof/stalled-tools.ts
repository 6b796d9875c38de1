import { setTimeout as wait } from 'node:timers/promises';
import type { Tool } from '@sallyport/core';
import { z } from 'zod';
import type { Database } from '../src/database.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { shopStack } from '../test-rig/shop-tools.js';

/** A read, and a write of each kind of effect. Each takes 50 ms. */
export const kinds = ['read', 'natural', 'phased', 'transactional'] as const;
export type Kind = (typeof kinds)[number];

/** The tools of a server whose database stalls, and what their writes have done. */
export interface StalledTools {
  readonly tools: Readonly<Record<Kind, Tool>>;
  /** How often the effect of a write that was given this number has happened. */
  readonly effects: () => Promise<(n: number) => number>;
}

const input = z.object({ n: z.int(), hold: z.boolean().default(false) });
const output = z.object({ n: z.int() });

/** `held` is what handlers that are told to hold wait for when they have done their work. */
export function stalledTools(
  shop: ShopOnServer,
  database: Database,
  timeoutMs: number,
  held: () => Promise<void>,
): StalledTools {
  const stack = shopStack(database);
  const sent = new Map<number, number>();
  const about = (name: string) => ({ name, description: 'Takes 50 ms.', timeoutMs, input, output }) as const;
  const insert = (columns: string, values: string) =>
    `insert into invoices (customer_id, amount_cents, currency, ${columns}) select 1, 100, 'EUR', ${values} from pg_sleep(0.05)`;
  const ofHold = (hold: boolean) => (hold ? held() : undefined);
  const tools = {
    read: stack.tool({
      ...about('look'),
      access: 'read',
      async handler({ n }, { db }) {
        await db.sql('select pg_sleep(0.05)');
        return { n };
      },
    }),
    natural: stack.tool({
      ...about('put'),
      access: 'write',
      effects: 'natural',
      async handler({ n, hold }, { db }) {
        const text = `${insert('memo, id', '$1, $2::bigint')} on conflict (id) do nothing`;
        await db.sql(text, [`stalled ${n}`, firstId + n]);
        await ofHold(hold);
        return { n };
      },
    }),
    phased: stack.tool({
      ...about('send'),
      access: 'write',
      effects: 'phased',
      async handler({ n, hold }) {
        await wait(50);
        sent.set(n, (sent.get(n) ?? 0) + 1);
        await ofHold(hold);
        return { n };
      },
      reconcile: ({ n }: z.output<typeof input>) => (sent.has(n) ? { n } : undefined),
    }),
    transactional: stack.tool({
      ...about('pay'),
      access: 'write',
      effects: 'transactional',
      async handler({ n, hold }, { db }) {
        await db.sql(insert('memo', '$1'), [`stalled ${n}`]);
        await ofHold(hold);
        return { n };
      },
    }),
  };
  const effects = async () => {
    const rows = await shop.admin(
      "select memo, count(*)::int as n from invoices where memo like 'stalled %' group by 1",
    );
    const saved = new Map(rows.map(({ memo, n }) => [memo, n as number]));
    return (n: number) => (saved.get(`stalled ${n}`) ?? 0) + (sent.get(n) ?? 0);
  };
  return { tools, effects };
}

/** Beyond those that the sequence gives. */
const firstId = 1_000_000;
