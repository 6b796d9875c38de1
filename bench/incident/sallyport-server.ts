import { jwtAuthenticator } from '@sallyport/auth';
import { hardened } from '@sallyport/core';
import { serve } from '@sallyport/http';
import { openPostgres, postgresIdempotency, tenantDb } from '@sallyport/postgres';
import { tokenIssuer } from '@sallyport/testkit';
import pg from 'pg';
import { z } from 'zod';
import { program } from '../support/program.js';
import { listTablesSql } from './list-tables-sql.js';

// The same tool behind the default stack, on a pool of ten. An agent may have ten times its usual minute, and five calls at once.
await program(async () => {
  const pool = new pg.Pool({
    connectionString: process.env.DATABASE_URL,
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 0,
  });
  const database = await openPostgres(pool, { demand: { agents: 2 }, exempt: ['large_catalog()'] });
  const stack = hardened({
    agentLimits: { perMinute: 600, concurrent: 5 },
    idempotency: postgresIdempotency(database),
    report: () => {},
  }).use(tenantDb(database));
  const listTables = stack.tool({
    name: 'list_tables',
    description: 'Lists tables.',
    access: 'read',
    input: z.object({}),
    handler: async (_input, { db }) =>
      (await db.sql<{ table_name: string }>(listTablesSql)).map((row) => row.table_name).join(),
  });
  const issuer = await tokenIssuer();
  const { url } = await serve([listTables], {
    serverInfo: { name: 'sallyport', version: '1.0.0' },
    port: 0,
    signals: true,
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer] },
    onClose: () => database.close(),
  });
  const mint = (subject: string) => issuer.mint({ subject, expiresInSeconds: 3_600 });
  process.stdout.write(`ready ${url} ${await mint('calm')} ${await mint('rogue')}\n`);
});
