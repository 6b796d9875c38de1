import { tool } from '@sallyport/core/decorators';
import { z } from 'zod';
import { found } from './found.js';
import type { ToolCall, ToolStack } from './tool-stack.js';

const Invoice = z.object({
  id: z.number(),
  customer_id: z.number(),
  amount_cents: z.number(),
  currency: z.string(),
  memo: z.string().nullable(),
  created_at: z.string(),
});
type Invoice = z.output<typeof Invoice>;

const columns = `id::int, customer_id::int, amount_cents::int, currency, memo,
  to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as created_at`;

const id = z.int().positive().max(2_147_483_647);

const ListInput = z.strictObject({
  customer_id: id.nullish(),
  after_id: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(0)
    .describe('Continue after this invoice: `next_after_id` of the answer before.'),
  limit: z.int().min(1).max(100).default(20),
});
type ListInput = z.output<typeof ListInput>;
const ListOutput = z.object({ invoices: z.array(Invoice), next_after_id: z.number().nullable() });
type ListOutput = z.output<typeof ListOutput>;

const CreateInput = z.strictObject({
  customer_id: id,
  amount_cents: z.int().positive().max(100_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters (ISO 4217)'),
  memo: z.string().max(500).nullish(),
});
type CreateInput = z.output<typeof CreateInput>;

/** The two invoice tools as methods of a class: `new (invoicesOn(stack))()`. */
export function invoicesOn(stack: ToolStack) {
  return class Invoices {
    @tool(stack, {
      name: 'list_invoices',
      title: 'List invoices',
      description: 'Lists invoices, oldest first, optionally of one customer.',
      annotations: { openWorldHint: false },
      access: 'read',
      depends: 'database',
      input: ListInput,
      output: ListOutput,
    })
    async list({ customer_id = null, after_id, limit }: ListInput, { db }: ToolCall): Promise<ListOutput> {
      const invoices = await db.sql<Invoice>(
        `select ${columns} from invoices
         where id > $1 and ($2::int is null or customer_id = $2) order by id limit $3`,
        [after_id, customer_id, limit],
      );
      return { invoices, next_after_id: invoices.length === limit ? (invoices.at(-1)?.id ?? null) : null };
    }

    @tool(stack, {
      name: 'create_invoice',
      title: 'Create an invoice',
      description:
        'Creates one invoice for a customer. Send an idempotency_key, and the same one when you repeat the call.',
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
      access: 'write',
      depends: 'database',
      effects: 'transactional',
      input: CreateInput,
      output: Invoice,
    })
    async create(
      { customer_id, amount_cents, currency, memo = null }: CreateInput,
      { db, tenant }: ToolCall,
    ): Promise<Invoice> {
      found(await db.sql('select 1 from customers where id = $1', [customer_id]), `customer ${customer_id}`);
      const rows = await db.sql<Invoice>(
        `insert into invoices (tenant_id, customer_id, amount_cents, currency, memo)
         values ($1, $2, $3, $4, $5) returning ${columns}`,
        [tenant, customer_id, amount_cents, currency, memo],
      );
      return found(rows, 'new invoice');
    }
  };
}
