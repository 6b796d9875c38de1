import type { Answer } from './clients.js';

/** In the order in which they are listed. */
export const toolNames = [
  'list_tables',
  'describe_table',
  'run_query',
  'list_invoices',
  'create_invoice',
  'refund_order',
  'slow_report',
] as const;

/** One call of every tool, and of some that cannot work. */
export const calls = [
  ['list_tables', {}],
  ['describe_table', { table: 'invoices' }],
  ['run_query', { sql: 'select id, tenant_id from customers order by id' }],
  ['list_invoices', { customer_id: 1, limit: 2 }],
  ['create_invoice', { customer_id: 1, amount_cents: 1250, currency: 'EUR', memo: 'seen by a client' }],
  ['refund_order', { order_id: 1, amount_cents: 1, idempotency_key: 'refund-once' }],
  ['slow_report', { seconds: 0 }],
  ['run_query', { sql: 'select nothing from nowhere' }],
  ['describe_table', { table: 7 }],
  ['create_invoice', { customer_id: 2, amount_cents: 1250, currency: 'EUR' }],
] as const;

/** The error code of an answer. */
export function codeOf(answer: Answer): unknown {
  return (answer._meta?.['dev.sallyport/error'] as { code?: unknown } | undefined)?.code;
}

/** An answer without what differs from one run to the next: ids of new rows, times, how many invoices there are. */
export function stable({ content, structuredContent, isError = false }: Answer): unknown {
  return JSON.parse(
    JSON.stringify({ content, structuredContent, isError })
      .replaceAll(/(\\?"(?:id|invoices)\\?":)\d+/g, '$10')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
  );
}
