import type { EventEmitter } from 'node:events';
import { errorOf } from '@sallyport/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { databaseSuite } from '../../test-rig/database-suite.js';
import { longText } from '../../test-rig/long-text.js';
import { poolOf, postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { scopeFor } from '../../test-rig/scope-for.js';
import { asking, shopStack } from '../../test-rig/shop-tools.js';
import { startStallingProxy } from '../../test-rig/stalling-proxy.js';
import type { Database } from '../database.js';
import type { DatabaseError } from '../database-error.js';
import { openPostgres } from './open-postgres.js';

describe.skipIf(!postgresAnswers)('Postgres', () => {
  const fixture = usePostgres();
  const { admin } = fixture;
  let database: Database;
  beforeAll(async () => {
    database = await fixture.open();
  });
  afterAll(() => database?.close());

  databaseSuite(() => database);

  const limits = { maxRows: 10, maxBytes: 10_000 };
  const sleepers = async (tag: string): Promise<number> => {
    const [row] = await admin(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and state <> 'idle' and application_name = $1",
      [`sallyport:${tag}`],
    );
    return Number(row?.n);
  };
  const until = async (tag: string, n: number): Promise<void> => {
    while ((await sleepers(tag)) !== n);
  };
  const sleep = (seconds: number, rest: Partial<Parameters<typeof scopeFor>[1]>) =>
    database.transaction(scopeFor('acme', rest), (sql) => sql('select pg_sleep($1::float8)', [seconds]));

  it('an abort ends the running statement, and no other', async () => {
    const abort = new AbortController();
    const other = sleep(1.5, { tags: { tool: 'other' } });
    const mine = sleep(30, { tags: { tool: 'mine' }, signal: abort.signal });
    await Promise.all([until('mine', 1), until('other', 1)]);
    abort.abort();
    await expect(mine).rejects.toMatchObject({ kind: 'cancelled' });
    await until('mine', 0);
    await expect(other).resolves.toHaveLength(1);
  });

  it('calls that are aborted while they wait or run leave the pool whole', async () => {
    const calls = Array.from({ length: 200 }, (_, i) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), i * 3);
      return sleep(30, { tags: { tool: 'storm' }, signal: abort.signal, remainingMs: () => 20_000 }).then(
        () => 'done',
        (error: DatabaseError) => error.kind,
      );
    });
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['cancelled']));
    await until('storm', 0);
    const rows = await Promise.all(
      Array.from({ length: 20 }, () => database.transaction(scopeFor('acme'), (sql) => sql('select 1 as a'))),
    );
    expect(rows.flat()).toHaveLength(20);
  });

  it('the time left ends the running statement, on the server too', async () => {
    const begun = performance.now();
    await expect(sleep(30, { remainingMs: () => 200 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - begun).toBeLessThan(700);
    const [row] = await database.transaction(scopeFor('acme', { remainingMs: () => 1234 }), (sql) =>
      sql('show statement_timeout'),
    );
    expect(row).toEqual({ statement_timeout: '1234ms' });
  });

  it('a query that never ends is ended, recursion and cross joins included', async () => {
    for (const text of [
      'select count(*) from generate_series(1, 1000000000000)',
      'select count(*) from generate_series(1, 10000000) a, generate_series(1, 10000000) b',
      'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t',
    ]) {
      const run = database.query(scopeFor('acme', { tags: { tool: 'bomb' }, remainingMs: () => 300 }), text, limits);
      await expect(run).rejects.toMatchObject({ kind: /timeout|query_refused/ as unknown as string });
    }
    await until('bomb', 0);
  });

  it('a value of hundreds of megabytes does not reach this process', async () => {
    const before = process.memoryUsage().rss;
    const run = database.query(scopeFor('acme'), `select ${longText(300_000_000)}`, limits);
    await expect(run).rejects.toMatchObject({ kind: 'query_refused' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('waiting for a connection ends at the abort or the deadline, and ping does not wait', async () => {
    const small = await fixture.open({ max: 1 });
    try {
      const blocking = small.transaction(scopeFor('acme'), (sql) => sql('select pg_sleep(0.6)'));
      const abort = new AbortController();
      const waiting = small.transaction(scopeFor('acme', { signal: abort.signal }), (sql) => sql('select 1'));
      const late = small.transaction(scopeFor('acme', { remainingMs: () => 100 }), (sql) => sql('select 1'));
      abort.abort();
      await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
      await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
      await small.ping(new AbortController().signal);
      await blocking;
    } finally {
      await small.close();
    }
  });

  it('a connection that is cut fails its transaction, and the next one works', async () => {
    const cut = sleep(30, { tags: { tool: 'cut' } });
    cut.catch(() => undefined);
    await until('cut', 1);
    await admin("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sallyport:cut'");
    await expect(cut).rejects.toMatchObject({ kind: 'unavailable' });
    await database.transaction(scopeFor('acme'), (sql) => sql('select 1'));
  });

  it('a statement that nothing stops keeps its place until its backend is gone, and others are told so meanwhile', {
    timeout: 120_000,
  }, async () => {
    const small = await fixture.open({ max: 1 });
    const runaways = async (): Promise<number> => sleepers('runaway');
    const attempt = (ms: number) =>
      small
        .transaction(scopeFor('acme', { remainingMs: () => ms }), (sql) => sql('select 1'))
        .then(
          () => 'done',
          (error: DatabaseError) => error.kind,
        );
    try {
      // It runs within one call of a function, which looks at no timeout and no cancel.
      const run = small.transaction(scopeFor('acme', { tags: { tool: 'runaway' }, remainingMs: () => 200 }), (sql) =>
        sql("select strpos(repeat('a', 1600000), 'b' || repeat('a', 40000))"),
      );
      await expect(run).rejects.toMatchObject({ kind: 'timeout' });
      expect(await runaways()).toBe(1);
      const seen: string[] = [];
      for (let answer = ''; answer !== 'done'; ) {
        answer = await attempt(300);
        if (answer === 'done') expect(await runaways()).toBe(0);
        else seen.push(answer);
      }
      expect(new Set(seen)).toEqual(new Set(['unavailable']));
    } finally {
      await small.close();
    }
  });

  it('a connection that breaks just as it is handed out is an answer, DEPENDENCY_UNAVAILABLE, and not the end of the process', async () => {
    const pool = poolOf(fixture.url);
    const own = await openPostgres(pool);
    try {
      const read = shopStack(own).tool({
        name: 'read',
        description: 'Reads.',
        access: 'read',
        input: z.object({}),
        handler: (_input, { db }) => db.sql('select 1 as a'),
      });
      const thrown: unknown[] = [];
      pool.once('acquire', (client) => {
        const { connection } = client as unknown as { connection: EventEmitter };
        // After the pool took its listener off, before whoever waits for the client goes on.
        queueMicrotask(() => {
          try {
            connection.emit('error', Object.assign(new Error('terminated by the administrator'), { code: '57P01' }));
          } catch (error) {
            thrown.push(error);
          }
        });
      });
      expect(errorOf(await read.call(asking('acme')))?.code).toBe('DEPENDENCY_UNAVAILABLE');
      expect(thrown).toEqual([]);
      expect(errorOf(await read.call(asking('acme')))).toBeUndefined();
    } finally {
      await own.close();
    }
  });

  it.each([
    ['read', { code: 'DEPENDENCY_UNAVAILABLE', retryable: true }],
    ['write', { code: 'OUTCOME_UNKNOWN' }],
  ] as const)('a connection that is lost at COMMIT of a %s is %j', async (access, error) => {
    const pool = poolOf(fixture.url);
    const own = await openPostgres(pool);
    try {
      const tool = shopStack(own).tool({
        name: 'tool',
        description: 'Asks.',
        ...(access === 'read' ? { access } : { access, effects: 'natural' }),
        input: z.object({}),
        handler: (_input, { db }) => db.sql('select 1 as a'),
      });
      pool.once('acquire', (client) => {
        const { query } = client;
        const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
        client.query = ((...args: Parameters<typeof query>) => {
          if ((args[0] as unknown) === 'COMMIT') stream.destroy();
          return query.apply(client, args);
        }) as typeof query;
      });
      expect(errorOf(await tool.call(asking('acme')))).toMatchObject(error);
    } finally {
      await own.close();
    }
  });

  it('free-form queries run as a login of their own, which sees no other session', async () => {
    const { rows } = await database.query(scopeFor('acme'), 'select session_user, current_user', limits);
    expect(rows).toEqual([['sallyport_query', 'sallyport_query']]);
  });

  it('a pool without connectionTimeoutMillis is refused, with what to set: pg would wait for ever', async () => {
    const endless = new pg.Pool({ connectionString: fixture.url });
    const unsafe = { kind: 'unsafe', message: expect.stringContaining('connectionTimeoutMillis') as string };
    await expect(openPostgres(endless)).rejects.toMatchObject(unsafe);
    await expect(openPostgres(poolOf(fixture.url), { query: endless })).rejects.toMatchObject(unsafe);
  });

  it('a pool with query_timeout is refused, wherever it was set: its statements would go on without a permit', async () => {
    const unsafe = { kind: 'unsafe', message: expect.stringContaining('query_timeout') as string };
    const times = { connectionTimeoutMillis: 5_000, query_timeout: 300 };
    const hasty = new pg.Pool({ connectionString: fixture.url, ...times });
    await expect(openPostgres(hasty)).rejects.toMatchObject(unsafe);
    await expect(openPostgres(poolOf(fixture.url), { query: hasty })).rejects.toMatchObject(unsafe);
    await expect(openPostgres(poolOf(`${fixture.url}?query_timeout=300`))).rejects.toMatchObject(unsafe);
  });

  it('a role that a statement left on the connection is not that of the next transaction', async () => {
    const small = await fixture.open({ max: 1 });
    const asking = (text: string) => small.transaction(scopeFor('acme'), (sql) => sql(text));
    try {
      const left = { kind: 'statement', sqlState: '25001' };
      await expect(asking('set role sallyport_app')).rejects.toMatchObject(left);
      await asking('set local role sallyport_app');
      await asking('do $$ begin set role sallyport_app; end $$');
      expect(await asking("select current_setting('role') as role")).toEqual([{ role: 'none' }]);
    } finally {
      await small.close();
    }
  });

  it('a pool that is smaller than what its agents may ask at once is opened, and the warning has the sum', async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    for (const agents of [2, 4]) {
      await (await fixture.open({ max: 10, demand: { agents, concurrent: 5 }, warn })).close();
    }
    expect(warnings).toEqual([expect.stringMatching(/10 connections, and 4 agents × 5 calls at once make 20/)]);
  });

  it('a server that is not there, does not answer in time, or refuses the login is told apart', async () => {
    const told = (pool: pg.Pool) =>
      openPostgres(pool).then(
        () => 'opened',
        ({ kind, message }: DatabaseError) => `${kind}: ${message}`,
      );
    const init = 'Has "npx sallyport-postgres init --apply" been run for this database?';
    const nothing = 'postgres://sallyport_app@127.0.0.1:1/none';
    expect(await told(poolOf(nothing))).toBe(
      'unavailable: the connection to the database failed: connect ECONNREFUSED 127.0.0.1:1',
    );
    const elsewhere = new URL(fixture.url);
    elsewhere.pathname = '/sallyport_nowhere';
    expect(await told(poolOf(elsewhere.href))).toBe(
      `unavailable: database "sallyport_nowhere" does not exist. ${init}`,
    );
    const proxy = await startStallingProxy(fixture.url);
    try {
      proxy.stall();
      const impatient = { connectionString: proxy.url(fixture.url), connectionTimeoutMillis: 200 };
      expect(await told(new pg.Pool(impatient))).toMatch(/^unavailable: the database did not answer in time .*timeout/);
    } finally {
      await proxy.close();
    }
  });
});
