import { generateKeyPairSync } from 'node:crypto';
import { systemClock } from '@sallyport/core';
import {
  checkpointSigner,
  checkpointVerifier,
  type Database,
  exportAudit,
  openPostgres,
  sealAudit,
  verifyAuditTrail,
  withSession,
} from '@sallyport/postgres';
import { FakeClock } from '@sallyport/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type StallingProxy, startStallingProxy } from './storm/stalling-proxy.js';
import { auditedEdge, issuerName } from './support/audited-edge.js';
import { clientNames, clients } from './support/clients.js';
import { startExample } from './support/example-server.js';
import { createDatabase, postgresAnswers, type TestDatabase } from './support/postgres-database.js';
import { sendBytes } from './support/raw-http.js';

const payload = (tool: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: {} } });

/** Calls the tool; resolves to the HTTP status. */
async function status(url: string, tool: string, token?: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: payload(tool),
  });
  await response.text();
  return response.status;
}

/** Sends as many calls without a valid token, pipelined on 16 connections; resolves to how many got each status. */
async function flood(url: string, times: number): Promise<Readonly<Record<string, number>>> {
  const { host, pathname } = new URL(url);
  const body = payload('pay');
  const one = () =>
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${crypto.randomUUID()}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const requests = () => Array.from({ length: times / 16 }, one).join('');
  const answers = await Promise.all(Array.from({ length: 16 }, () => sendBytes(url, requests())));
  const counts: Record<string, number> = {};
  for (const [, status = ''] of answers.join('').matchAll(/HTTP\/1\.1 (\d{3})/g))
    counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe.runIf(await postgresAnswers())('what the edge refuses', () => {
  let own: TestDatabase;
  let proxy: StallingProxy;
  let pool: pg.Pool;
  let database: Database;
  let newest = 0;
  const postgresPort = () => Number(new URL(own.env.DATABASE_URL).port || 5432);
  beforeAll(async () => {
    own = await createDatabase();
    const url = new URL(own.env.DATABASE_URL);
    proxy = await startStallingProxy(postgresPort());
    url.port = `${proxy.port}`;
    pool = new pg.Pool({ connectionString: url.href, max: 5, connectionTimeoutMillis: 5_000 });
    database = await openPostgres(pool);
  });
  afterAll(async () => {
    await database?.close();
    await proxy?.close();
    await own?.drop();
  });

  /** The entries since the last look: tenant, agent, tool, code and count. */
  const entries = async () => {
    const rows = await own.query<{ id: string; tenant: string; entry: string }>(
      'select id, tenant, entry from sallyport.audit_entries where id > $1 order by id',
      [newest],
    );
    newest = Number(rows.at(-1)?.id ?? newest);
    return rows.map(({ tenant, entry }) => ({ tenant, ...JSON.parse(entry) }) as Record<string, unknown>);
  };
  beforeEach(async () => {
    // What was told as lost may still have been on its way to the database, and be written when it is back.
    await vi.waitFor(() => expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]));
    await entries();
  });
  const nobody = { tenant: '', kind: 'denied', tool: '*', version: '*' };
  const known = (tenant: string, agent: string) => ({ tenant, kind: 'denied', agent, issuer: issuerName });

  test.each(clientNames)('to the %s is in the trail: as often as it was refused, and no more', async (name) => {
    const clock = new FakeClock();
    const edge = await auditedEdge(database, clock, new FakeClock());
    const { url, log } = edge;
    const client = await clients[name]({ url, token: await edge.token('agent-7', 'globex') });
    await client.listTools();
    for (let i = 0; i < 6; i++) {
      await client.call('look');
      await clock.advance(1_001);
    }
    for (let i = 0; i < 2; i++) await expect(client.call('pay')).rejects.toThrow();
    for (let i = 0; i < 3; i++) await expect(client.call('look')).rejects.toThrow();
    await client.close();
    await expect(clients[name]({ url, token: 'eyJhbGciOiJub25lIn0.e30.' })).rejects.toThrow();
    const refused = log.filter(({ event }) => event === 'unauthenticated').length;
    await edge.close();
    expect(refused).toBeGreaterThan(0);
    expect(await entries()).toEqual([
      // Five of them were answered by the stack, three by the edge.
      { ...known('globex', 'agent-7'), tool: 'look', version: '2', code: 'RATE_LIMITED', count: 8 },
      { ...known('globex', 'agent-7'), tool: 'pay', version: '1', code: 'INSUFFICIENT_SCOPE', count: 2 },
      { ...nobody, code: 'UNAUTHENTICATED', count: refused },
    ]);
  });

  test('from 10,000 requests without a valid token leaves two entries a second at the most, which count them all', async () => {
    const edge = await auditedEdge(database, systemClock);
    const began = performance.now();
    const { 401: unknown = 0, 429: flooding = 0 } = await flood(edge.url, 10_000);
    expect(unknown + flooding).toBe(10_000);
    await edge.close();
    const seconds = Math.ceil((performance.now() - began) / 1_000);
    const found = await entries();
    const counted = (code: string) =>
      found.filter((entry) => entry.code === code).reduce((sum, { count }) => sum + Number(count), 0);
    expect([counted('UNAUTHENTICATED'), counted('RATE_LIMITED')]).toEqual([unknown, flooding]);
    expect(flooding).toBeGreaterThan(9_000);
    expect(found.length).toBeLessThanOrEqual(2 * (seconds + 1));
    for (const { count: _, code: __, ...entry } of found) expect(entry).toEqual(nobody);
  }, 300_000);

  test('is sealed, verified and exported, that of nobody in a chain of its own', async () => {
    const edge = await auditedEdge(database, new FakeClock());
    expect(await status(edge.url, 'pay')).toBe(401);
    await edge.close();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const signer = checkpointSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const isSigned = checkpointVerifier([publicKey.export({ type: 'spki', format: 'pem' }).toString()]);
    const auditor = new URL(own.env.DATABASE_URL);
    auditor.username = 'sallyport_audit';
    await withSession(auditor.href, 'test', async (session) => {
      const { checkpoints, untrusted } = await sealAudit(session, signer);
      expect([checkpoints.map(({ tenant }) => tenant).includes(''), untrusted]).toEqual([true, []]);
      expect((await verifyAuditTrail(session, { isSigned, kept: checkpoints })).problems).toEqual([]);
      const lines: unknown[] = [];
      for await (const line of exportAudit(session, { tenant: '' })) lines.push(JSON.parse(line));
      expect(lines.at(-1)).toMatchObject({
        tenant: '',
        seq: lines.length,
        entry: { code: 'UNAUTHENTICATED', count: 1 },
      });
    });
    await own.query(
      "delete from sallyport.audit_waiting; update sallyport.audit_entries set entry = '{}' where tenant = ''",
    );
    const { problems } = await withSession(auditor.href, 'test', (session) => verifyAuditTrail(session, { isSigned }));
    expect(problems).toContainEqual(
      expect.objectContaining({ tenant: '', problem: expect.stringContaining('sealed') }),
    );
  });

  test('is answered as ever while the database is away, and written when it is back', async () => {
    const clock = new FakeClock();
    const edge = await auditedEdge(database, clock);
    const token = await edge.token('agent-7', 'acme');
    const all = async () => [await status(edge.url, 'pay'), await status(edge.url, 'pay', token)];
    proxy.breakOff();
    for (let second = 1; second <= 3; second++) {
      expect(await all()).toEqual([401, 403]);
      await clock.advance(1_000);
      await vi.waitFor(() => expect(edge.lost).toHaveLength(2 * second));
    }
    proxy.resume();
    await edge.close();
    expect(edge.lost).toHaveLength(6);
    expect(await entries()).toEqual([
      { ...nobody, code: 'UNAUTHENTICATED', count: 3 },
      { ...known('acme', 'agent-7'), tool: 'pay', version: '1', code: 'INSUFFICIENT_SCOPE', count: 3 },
    ]);
  });

  test('waits for no database: one that answers nothing holds back no answer', async () => {
    const clock = new FakeClock();
    const edge = await auditedEdge(database, clock);
    proxy.stall();
    expect(await status(edge.url, 'pay')).toBe(401);
    await clock.advance(1_000);
    expect(await status(edge.url, 'pay')).toBe(401);
    proxy.resume();
    await edge.close();
    // After an answer that did not come in time one may be there twice.
    const counts = (await entries()).map(({ count }) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2);
  });

  test('is let go 5 s after the end began when the database answers nothing, and told as lost', async () => {
    const clock = new FakeClock();
    const edge = await auditedEdge(database, new FakeClock(), clock);
    const tokens = await Promise.all(['acme', 'globex', 'initech'].map((tenant) => edge.token('agent-7', tenant)));
    proxy.stall();
    for (const token of tokens) expect(await status(edge.url, 'pay', token)).toBe(403);
    let isClosed = false;
    const closed = edge.close().then(() => {
      isClosed = true;
    });
    // A write gives up after 5 s of its own, and its connection after 5 more.
    await vi.waitFor(
      async () => {
        await clock.advance(1_000);
        expect(isClosed).toBe(true);
      },
      { timeout: 4_000 },
    );
    await closed;
    proxy.resume();
    expect(edge.lost.map(String)).toEqual(['Error: 3 are lost: the database did not answer in time']);
  });

  test('is told as lost when the database stays away to the end', async () => {
    const edge = await auditedEdge(database, new FakeClock());
    proxy.breakOff();
    expect(await status(edge.url, 'pay')).toBe(401);
    await edge.close();
    proxy.resume();
    expect(edge.lost).toHaveLength(1);
    expect(await entries()).toEqual([]);
  });

  test('is audited by the example', async () => {
    const example = await startExample(own.env);
    const token = await example.token('acme', { agent: 'reader', scope: 'mcp:tools:read' });
    expect(await status(example.url, 'create_invoice', token)).toBe(403);
    expect(await status(example.url, 'create_invoice')).toBe(401);
    expect(await example.stop()).toBe(0);
    expect(await entries()).toMatchObject([
      { tenant: 'acme', agent: 'reader', tool: 'create_invoice', code: 'INSUFFICIENT_SCOPE', count: 1 },
      { ...nobody, code: 'UNAUTHENTICATED', count: 1 },
    ]);
  });
});
