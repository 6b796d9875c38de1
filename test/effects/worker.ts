/**
 * One instance of a server, to be killed: makes the calls it is told on standard input, one JSON a line, several at a time, and
 * writes that it has begun each and what it was answered. Its output is a pipe, which Node writes to at once. `BUG` names one
 * of the seeded bugs.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { hardened } from '@sallyport/core';
import { auditTrail, type Database, openPostgres, postgresIdempotency, tenantDb } from '@sallyport/postgres';
import pg from 'pg';
import { z } from 'zod';
import { auditedApart, storesWithBugs } from './seeded-bugs.js';
import type { Answered, StormCall, WorkerLine } from './start-worker.js';

const { DATABASE_URL: connectionString, LEDGER_URL: ledger = '', BUG: bug = 'none' } = process.env;

const payMs = 3_000;
/** Many processes share the connections that a server takes by default. */
const connections = 4;

function toolsOn(database: Database) {
  const store = postgresIdempotency(database);
  const stack = hardened({
    idempotency: storesWithBugs[bug]?.(store, database) ?? store,
    agentLimits: {},
    report: () => {},
  })
    .use(tenantDb(database))
    .use(bug === 'audited apart' ? auditedApart(database) : auditTrail());
  const input = z.object({ memo: z.string() });
  return {
    pay: stack.tool({
      name: 'pay',
      description: 'One invoice.',
      access: 'write',
      effects: 'transactional',
      // With five seconds of grace it is how long a process that stands still keeps its transaction.
      timeoutMs: payMs,
      input,
      output: z.object({ id: z.number() }),
      async handler({ memo }, { db }) {
        const text =
          "insert into invoices (tenant_id, customer_id, amount_cents, currency, memo) values ('acme', 1, 100, 'EUR', $1) returning id";
        const [row] = await db.sql<{ id: number }>(text, [memo]);
        return { id: row?.id ?? 0 };
      },
    }),
    send: stack.tool({
      name: 'send',
      description: 'One line in a ledger elsewhere, which knows no keys.',
      access: 'write',
      effects: 'phased',
      input,
      output: z.object({ id: z.string() }),
      async handler({ memo }) {
        const line = { memo, id: randomUUID() };
        await fetch(ledger, { method: 'POST', body: JSON.stringify(line) });
        return { id: line.id };
      },
    }),
  };
}

const say = (line: WorkerLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const pool = new pg.Pool({ connectionString, max: connections, connectionTimeoutMillis: 5_000 });
const tools = toolsOn(await openPostgres(pool, { warn: () => {} }));
say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line) as StormCall;
  const { tool, key } = call;
  say({ began: call });
  void tools[tool]
    .call({
      input: { memo: key },
      auth: { issuer: 'storm', subject: 'agent', tenant: 'acme', scopes: ['mcp:tools:write'] },
      meta: { 'dev.sallyport/idempotencyKey': key },
    })
    .then((answer) => say({ ...call, answer: answer as Answered['answer'] }));
}
