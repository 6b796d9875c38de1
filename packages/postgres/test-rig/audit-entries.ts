import type { ShopDatabase } from './kinds-of-database.js';

/** The entries of the trail whose arguments have this memo, in their order, each with its tenant. */
export function entriesIn(shop: ShopDatabase): (memo: string) => Promise<Record<string, unknown>[]> {
  return async (memo) => {
    const rows = await shop.admin(
      "select tenant, entry from sallyport.audit_entries where entry::jsonb -> 'arguments' ->> 'memo' = $1 order by id",
      [memo],
    );
    return rows.map(({ tenant, entry }) => ({ tenant, ...JSON.parse(String(entry)) }));
  };
}
