import { defaultAgentLimits } from '@sallyport/core';
import { DatabaseError, openPostgres, poolShortage } from '@sallyport/postgres';
import pg from 'pg';
import { reasonOf } from '../reason-of.js';
import type { PostgresDeployment } from '../server-module.js';
import { withoutPassword } from '../without-password.js';
import { clockSkew } from './clock-skew.js';
import { type Finding, type Findings, findingsOf } from './finding.js';
import { shedRoom } from './shed-room.js';

/** How the database is used by all instances together. */
export interface Fleet {
  readonly instances: number;
  /** Calls one agent may have running. */
  readonly concurrent: number | undefined;
  /** Calls that `shed` lets run on one instance at most, where the tools say it. */
  readonly maxLimit: number | undefined;
}

const found = findingsOf('postgres');
const connectMs = 5_000;

/** Whether a Postgres is safe to serve tenants from: the start-up check of the server, its pools, its settings, its clock. */
export async function checkPostgres(deployment: PostgresDeployment, fleet: Fleet): Promise<Finding[]> {
  const { maxLimit } = fleet;
  const room = maxLimit === undefined ? [] : [shedRoom(found, maxOf(deployment), maxLimit)];
  const pools = [...poolSize(deployment, fleet), ...room];
  try {
    const settings = await settingsOf(deployment.url);
    return [
      found.ok(`${withoutPassword(deployment.url)} answers, version ${settings.version}`),
      ...(await startUpCheck(deployment)),
      ...pools,
      connections(deployment, fleet, settings),
      ...durability(found, settings),
      clockSkew(found, 'Postgres', settings),
    ];
  } catch (error) {
    return [found.unchecked(`${withoutPassword(deployment.url)} cannot be asked: ${reasonOf(error)}`), ...pools];
  }
}

const maxOf = ({ maxConnections = 10 }: PostgresDeployment): number => maxConnections;
const maxQueryOf = ({ queryUrl, maxQueryConnections = queryUrl === undefined ? 0 : 10 }: PostgresDeployment): number =>
  maxQueryConnections;

function poolSize(
  deployment: PostgresDeployment,
  { concurrent = defaultAgentLimits.concurrent ?? 1 }: Fleet,
): Finding[] {
  const { agents } = deployment;
  if (agents === undefined) return [];
  const max = maxOf(deployment);
  const shortage = poolShortage(max, { agents, concurrent });
  if (shortage === undefined) {
    return [
      found.ok(`the pool of ${max} carries ${agents} agents × ${concurrent} calls at once = ${agents * concurrent}`),
    ];
  }
  const [what, fix] = splitAtLastColon(shortage);
  return [found.error(what, fix)];
}

/** What the server itself would refuse to start for. */
async function startUpCheck({ url, queryUrl, tables, tenantColumn, exempt }: PostgresDeployment): Promise<Finding[]> {
  const pool = (connectionString: string) =>
    new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: connectMs });
  try {
    const database = await openPostgres(pool(url), {
      ...(queryUrl === undefined ? {} : { query: pool(queryUrl) }),
      ...(tables === undefined ? {} : { tables }),
      ...(tenantColumn === undefined ? {} : { tenantColumn }),
      ...(exempt === undefined ? {} : { exempt }),
    });
    await database.close();
    return [found.ok('its logins cannot step around row-level security')];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.kind !== 'unsafe') return [found.unchecked(`the start-up check could not run: ${reasonOf(error)}`)];
    return error.message.split('\n').map((line) => {
      const [what, fix] = splitAtLastColon(line);
      return found.error(what, fix);
    });
  }
}

function splitAtLastColon(text: string): [string, string] {
  const at = text.lastIndexOf(': ');
  return at < 0 ? [text, 'see the page on tenants and row-level security'] : [text.slice(0, at), text.slice(at + 2)];
}

interface Settings {
  readonly version: string;
  readonly maxConnections: number;
  readonly reserved: number;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly saidAt: number;
}

async function settingsOf(connectionString: string): Promise<Settings> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: connectMs, query_timeout: connectMs });
  await client.connect();
  try {
    const askedAt = Date.now();
    const { rows } = await client.query<Omit<Settings, 'askedAt' | 'answeredAt'>>(
      `select current_setting('server_version') as version, current_setting('max_connections')::int as "maxConnections",
         current_setting('superuser_reserved_connections')::int as reserved, current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as "synchronousCommit",
         (extract(epoch from clock_timestamp()) * 1000)::float8 as "saidAt"`,
    );
    const answeredAt = Date.now();
    const [settings] = rows;
    if (settings === undefined) throw new Error('it answered with no row');
    return { ...settings, askedAt, answeredAt };
  } finally {
    await client.end();
  }
}

function connections(
  deployment: PostgresDeployment,
  { instances }: Fleet,
  { maxConnections, reserved }: Settings,
): Finding {
  const each = maxOf(deployment) + maxQueryOf(deployment);
  const wanted = instances * each;
  const there = maxConnections - reserved;
  const sum = `${instances} ${instances === 1 ? 'instance' : 'instances'} × ${each} connections = ${wanted}`;
  if (wanted <= there) return found.ok(`${sum}, of ${there} that the server lets in`);
  return found.error(
    `${sum}, and the server lets in ${there}`,
    `set max_connections to ${wanted + reserved} or more, make the pools smaller, or put a pooler between`,
  );
}

function durability({ ok, error, warning }: Findings, { fsync, synchronousCommit }: Settings): Finding[] {
  if (fsync !== 'on') {
    return [
      error('fsync is off: a crash loses or tears what was committed', "ALTER SYSTEM SET fsync = 'on', and reload"),
    ];
  }
  if (synchronousCommit === 'off') {
    return [
      warning(
        'synchronous_commit is off: a crash forgets results that were answered already, and their writes',
        "ALTER SYSTEM SET synchronous_commit = 'on', and reload",
      ),
    ];
  }
  return [ok('what is committed survives a crash')];
}
