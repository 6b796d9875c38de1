import { type AdmissionStore, hardened, localFallback, memoryAdmission, ToolError } from '@sallyport/core';
import { observe } from '@sallyport/observe';
import { auditTrail, openPostgres, postgresIdempotency, tenantDb } from '@sallyport/postgres';
import { errorOf, testPrincipal } from '@sallyport/testkit';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, postgresAnswers, type TestDatabase } from './support/postgres-database.js';

const insert =
  "insert into invoices (tenant_id, customer_id, amount_cents, currency, memo) values ('acme', 1, 100, 'EUR', $1)";

describe.runIf(await postgresAnswers())(
  'a stack that is watched, with its limits on a shared store and its effects in Postgres',
  () => {
    let own: TestDatabase;
    let database: Awaited<ReturnType<typeof openPostgres>>;
    beforeAll(async () => {
      own = await createDatabase();
      database = await openPostgres(
        new pg.Pool({ connectionString: own.env.DATABASE_URL, max: 5, connectionTimeoutMillis: 5_000 }),
      );
    }, 60_000);
    afterAll(async () => {
      await database?.close();
      await own?.drop();
    });

    /** Two tools behind the whole stack, and the lines of their calls. */
    function tools(shared: AdmissionStore) {
      const lines: Record<string, unknown>[] = [];
      const log = pino({}, { write: (text: string) => void lines.push(JSON.parse(text)) });
      const stack = hardened({
        observe: observe({ log }),
        admission: localFallback(shared, 1, { onMode: () => {} }),
        idempotency: postgresIdempotency(database),
        dependencies: { database: {} },
      })
        .use(tenantDb(database))
        .use(auditTrail());
      const common = { depends: 'database', input: z.object({ memo: z.string() }) };
      return {
        lines,
        layers: stack.layers,
        pay: stack.tool({
          ...common,
          name: 'pay',
          description: 'Makes an invoice.',
          access: 'write',
          effects: 'transactional',
          async handler({ memo }, { db }) {
            await db.sql(insert, [memo]);
            if (memo.startsWith('undone')) throw new ToolError('INVALID_INPUT', 'No.');
            return 'paid';
          },
        }),
        count: stack.tool({
          ...common,
          name: 'count',
          description: 'Counts invoices.',
          access: 'read',
          async handler({ memo }, { db }) {
            const [row] = await db.sql<{ n: number }>('select count(*)::int as n from invoices where memo = $1', [
              memo,
            ]);
            return String(row?.n);
          },
        }),
      };
    }
    const asking = (memo: string) => ({ auth: testPrincipal(), input: { memo } });
    const keyed = (memo: string) => ({ ...asking(memo), meta: { 'dev.sallyport/idempotencyKey': memo } });
    const audited = (memo: string) =>
      own.query("select 1 from sallyport.audit_entries where entry::jsonb -> 'arguments' ->> 'memo' = $1", [memo]);

    test('has the shipped order, with the database inside it', () => {
      expect(tools(memoryAdmission()).layers.join(' ')).toBe(
        'observe authorize tenant shed admit validate idempotent depend deadline bound db audit',
      );
    });

    test('a write and its entry are saved once and its repeat is replayed; one that throws leaves nothing', async () => {
      const { pay, count, lines } = tools(memoryAdmission());
      for (let again = 0; again < 2; again++) expect((await pay.call(keyed('once'))).isError).toBeUndefined();
      expect(errorOf(await pay.call(keyed('undone')))?.code).toBe('INVALID_INPUT');
      expect(await count.call(asking('once'))).toMatchObject({ content: [{ text: '1' }] });
      expect(await count.call(asking('undone'))).toMatchObject({ content: [{ text: '0' }] });
      expect(lines.map(({ status }) => status)).toEqual(['success', 'replayed', 'error', 'success', 'success']);
      expect(await audited('once')).toHaveLength(1);
      expect(await audited('undone')).toHaveLength(0);
    });

    test('while the store of limits cannot be reached a read is answered, a write refused, and each has its line', async () => {
      const gone = () => Promise.reject(new Error('connection refused'));
      const { pay, count, lines } = tools({ admit: gone, renew: gone, release: gone });
      expect(await count.call(asking('unlimited'))).toMatchObject({ content: [{ text: '0' }] });
      expect(errorOf(await pay.call(keyed('unlimited')))?.code).toBe('DEPENDENCY_UNAVAILABLE');
      expect(lines).toMatchObject([
        { tool_name: 'count', status: 'success' },
        {
          tool_name: 'pay',
          status: 'error',
          error_code: 'DEPENDENCY_UNAVAILABLE',
          cause: { message: 'connection refused' },
        },
      ]);
    });
  },
);
