import { connect } from 'node:net';
import { jwtAuthenticator } from '@sallyport/auth';
import { hardened } from '@sallyport/core';
import { serve } from '@sallyport/http';
import { type Database, openPostgres, postgresIdempotency, tenantDb } from '@sallyport/postgres';
import { tokenIssuer } from '@sallyport/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, postgresAnswers, type TestDatabase } from '../support/postgres-database.js';

describe.skipIf(!(await postgresAnswers()))('a response that is cut off', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let server: { readonly url: string; close(): Promise<unknown> };
  let token: string;

  beforeAll(async () => {
    testDatabase = await createDatabase();
    const pool = new pg.Pool({
      connectionString: testDatabase.env.DATABASE_URL,
      max: 10,
      connectionTimeoutMillis: 5_000,
    });
    database = await openPostgres(pool);
    const stack = hardened({ idempotency: postgresIdempotency(database), agentLimits: {} }).use(tenantDb(database));
    const pay = stack.tool({
      name: 'pay',
      description: 'One invoice.',
      access: 'write',
      effects: 'transactional',
      input: z.object({ memo: z.string() }),
      output: z.object({ id: z.number() }),
      async handler({ memo }, { db }) {
        const text =
          "insert into invoices (tenant_id, customer_id, amount_cents, currency, memo) values ('acme', 1, 100, 'EUR', $1) returning id";
        const [row] = await db.sql<{ id: number }>(text, [memo]);
        return { id: row?.id ?? 0 };
      },
    });
    const issuer = await tokenIssuer();
    token = await issuer.mint({ tenant: 'acme', scopes: ['mcp:tools:write'] });
    server = await serve([pay], {
      serverInfo: { name: 'cut', version: '1.0.0' },
      port: 0,
      auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
      resource: { authorizationServers: [issuer.issuer] },
    });
  });
  afterAll(async () => {
    await server?.close();
    await database?.close();
    await testDatabase?.drop();
  });

  /** Without a key it is a call that nobody can tell from another: the bug that the test must find. */
  const bodyOf = (id: number, memo: string, key: string | undefined): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: {
        name: 'pay',
        arguments: { memo },
        _meta: {
          'dev.sallyport/idempotencyKey': key,
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'cut', version: '1.0.0' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
  const headers = (): Record<string, string> => ({
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': 'tools/call',
    'Mcp-Name': 'pay',
    Authorization: `Bearer ${token}`,
  });

  /** Sends the call and hangs up after so many bytes of the response; resolves to how many there were. */
  function cutAfter(bytes: number, id: number, memo: string, key?: string): Promise<number> {
    const { hostname, port, pathname, host } = new URL(server.url);
    const body = bodyOf(id, memo, key);
    const lines = Object.entries({ Host: host, ...headers(), 'Content-Length': String(Buffer.byteLength(body)) });
    const head = `POST ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    return new Promise((resolve, reject) => {
      let seen = 0;
      const socket = connect(Number(port), hostname, () => {
        socket.write(head + body, () => {
          if (bytes === 0) socket.destroy();
        });
      });
      const whole = setTimeout(() => socket.destroy(), 300);
      socket.on('data', (chunk) => {
        seen += chunk.length;
        if (seen >= bytes) socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        clearTimeout(whole);
        resolve(seen);
      });
    });
  }

  async function callAgain(id: number, memo: string, key?: string): Promise<{ id: number } | string> {
    for (;;) {
      const response = await fetch(server.url, { method: 'POST', headers: headers(), body: bodyOf(id, memo, key) });
      const text = await response.text();
      if (text.includes('IDEMPOTENCY_IN_PROGRESS')) continue;
      const answer = JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text) as {
        result?: { structuredContent?: { id: number } };
      };
      return answer.result?.structuredContent ?? text;
    }
  }

  const effectsOf = (memo: string) =>
    testDatabase.query<{ id: number }>('select id::int from invoices where memo = $1 order by id', [memo]);

  test('at any byte, has one effect and one answer when the call comes again under a new id', {
    timeout: 240_000,
  }, async () => {
    const whole = await cutAfter(Number.POSITIVE_INFINITY, 1, 'measured', 'measured');
    expect(whole).toBeGreaterThan(200);
    // Every byte of a response, each in a call of its own; CUT_EVERY=7 takes every seventh.
    const every = Number(process.env.CUT_EVERY ?? 1);
    for (let bytes = 0; bytes <= whole; bytes += every) {
      const key = `cut after ${bytes}`;
      await cutAfter(bytes, 1, key, key);
      const again = await callAgain(2, key, key);
      expect(await effectsOf(key), key).toEqual([again]);
    }
  });

  test('a call without a key is found to have two effects then', async () => {
    await cutAfter(100, 1, 'no key');
    const again = await callAgain(2, 'no key');
    expect(await effectsOf('no key')).not.toEqual([again]);
  });
});
