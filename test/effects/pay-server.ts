import { jwtAuthenticator } from '@sallyport/auth';
import { hardened } from '@sallyport/core';
import { serve } from '@sallyport/http';
import { openPostgres, postgresIdempotency, tenantDb } from '@sallyport/postgres';
import { tokenIssuer } from '@sallyport/testkit';
import pg from 'pg';
import { z } from 'zod';
import type { TestDatabase } from '../support/postgres-database.js';

/** A server with one tool, `pay`, which makes an invoice of acme and answers with its id and memo. */
export interface PayServer {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

/** Starts one in this process, with the default stack behind HTTP. */
export async function startPayServer({ env }: TestDatabase): Promise<PayServer> {
  const connectionString = env.DATABASE_URL;
  const database = await openPostgres(new pg.Pool({ connectionString, max: 10, connectionTimeoutMillis: 5_000 }));
  const pay = hardened({ idempotency: postgresIdempotency(database), agentLimits: {}, report: () => {} })
    .use(tenantDb(database))
    .tool({
      name: 'pay',
      description: 'One invoice.',
      access: 'write',
      effects: 'transactional',
      input: z.object({ memo: z.string() }),
      output: z.object({ id: z.number(), memo: z.string() }),
      async handler({ memo }, { db }) {
        const text =
          "insert into invoices (tenant_id, customer_id, amount_cents, currency, memo) values ('acme', 1, 100, 'EUR', $1) returning id";
        const [row] = await db.sql<{ id: number }>(text, [memo]);
        return { id: row?.id ?? 0, memo };
      },
    });
  const issuer = await tokenIssuer();
  // The long form goes on for longer than a token usually lives.
  const expiresInSeconds = 6 * 60 * 60;
  const server = await serve([pay], {
    serverInfo: { name: 'pay', version: '1.0.0' },
    port: 0,
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer] },
    log: () => {},
  });
  return {
    url: server.url,
    token: await issuer.mint({ tenant: 'acme', scopes: ['mcp:tools:write'], expiresInSeconds }),
    async close() {
      await server.close();
      await database.close();
    },
  };
}
