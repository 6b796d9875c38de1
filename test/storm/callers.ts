import type { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answered, type Asked, callOnce, type Era } from './call.js';
import type { RecordedCall } from './history.js';

/** Where callers call, and what becomes of what they saw. */
export interface Post {
  readonly origin: string;
  readonly connections: Agent | false;
  /** Milliseconds since the history began. */
  now(): number;
  record(call: RecordedCall): void;
  readonly stopped: AbortSignal;
}

/** One who calls, with a token. */
export interface Who {
  readonly tenant: string;
  readonly agent: string;
  readonly token: string;
}

/** Customers of the seed, by tenant. */
const customers: Readonly<Record<string, number>> = { acme: 1, globex: 2 };
const orders: Readonly<Record<string, readonly number[]>> = { acme: [1, 3, 5, 7, 9], globex: [2, 4, 6, 8, 10] };

/** What is asked: an operation is a write, which is repeated until it is known. */
export type Step = Pick<Asked, 'tool' | 'args' | 'timeoutMs'> & { readonly operation?: string };

export function invoice({ tenant }: Who, operation: string): Step {
  const args = {
    customer_id: customers[tenant],
    amount_cents: 100,
    currency: 'EUR',
    memo: operation,
    idempotency_key: operation,
  };
  return { tool: 'create_invoice', args, operation };
}

export function refund({ tenant }: Who, operation: string, random: () => number): Step {
  const of = orders[tenant] ?? [];
  const args = { order_id: of[Math.floor(random() * of.length)], amount_cents: 1, idempotency_key: operation };
  return { tool: 'refund_order', args, operation };
}

/** A read, of which kind chance decides. */
export function read(random: () => number): Step {
  const which = random();
  if (which < 0.2) return { tool: 'list_tables' };
  if (which < 0.3)
    return { tool: 'run_query', args: { sql: 'select tenant_id, count(*)::int as n from invoices group by 1' } };
  return { tool: 'list_invoices', args: { after_id: Math.floor(random() * 1_200), limit: 20 } };
}

/** Calls once and records it. */
export async function ask(post: Post, who: Who, step: Step, era: Era = '2026'): Promise<Answered> {
  const sentAt = post.now();
  const answer = await callOnce(post.origin, { ...step, token: who.token, era }, post.connections);
  const { tenant, agent } = who;
  const { tool, operation, timeoutMs } = step;
  const row = typeof answer.content?.id === 'number' ? answer.content.id : undefined;
  const tenantsSeen = seenIn(answer);
  post.record({
    sentAt,
    receivedAt: post.now(),
    tenant,
    agent,
    tool,
    code: answer.code,
    ...(operation === undefined ? {} : { operation }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(row === undefined ? {} : { row }),
    ...(tenantsSeen.length === 0 ? {} : { tenantsSeen }),
  });
  return answer;
}

/** What may be repeated with hope. */
const passing: ReadonlySet<string> = new Set([
  'RATE_LIMITED',
  'OVERLOADED',
  'DEPENDENCY_UNAVAILABLE',
  'SHUTTING_DOWN',
  'TOOL_TIMEOUT',
  'IDEMPOTENCY_IN_PROGRESS',
  'OUTCOME_UNKNOWN',
  'UNAUTHENTICATED',
  'lost',
  'reset',
]);

/** Repeats what did not succeed, as a well-behaved agent does: the same key, and not before it was told. Gives up when stopped. */
export async function insist(post: Post, who: Who, step: Step, era?: Era): Promise<Answered> {
  for (;;) {
    const answer = await ask(post, who, step, era);
    if (!passing.has(answer.code) || post.stopped.aborted) return answer;
    await pause(post, Math.min(answer.retryAfterMs ?? 500, 10_000));
  }
}

/** Waits, or not, when everything stops. */
export async function pause({ stopped }: Post, ms: number): Promise<void> {
  await wait(ms, undefined, { signal: stopped }).catch(() => {});
}

/** Invoices carry their tenant in the memo; the query asks for the column itself. */
function seenIn({ content }: Answered): string[] {
  const seen = new Set<string>();
  const { invoices, rows } = content ?? {};
  if (Array.isArray(invoices)) {
    for (const { memo } of invoices as { memo: string | null }[]) if (memo !== null) seen.add(memo.split(' ')[0] ?? '');
  }
  if (Array.isArray(rows)) {
    for (const row of rows as (Record<string, unknown> | unknown[])[]) {
      seen.add(String(Array.isArray(row) ? row[0] : row.tenant_id));
    }
  }
  return [...seen];
}
