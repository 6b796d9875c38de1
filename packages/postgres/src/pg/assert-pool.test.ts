import pg from 'pg';
import { afterEach, expect, it, vi } from 'vitest';
import { openPostgres } from './open-postgres.js';

const pool = (options: pg.PoolConfig = { host: '127.0.0.1' }) =>
  new pg.Pool({ connectionTimeoutMillis: 500, ...options });

afterEach(() => {
  vi.unstubAllEnvs();
});

it.each([undefined, null, 'postgres://127.0.0.1/shop', new pg.Client()])(
  'what is no pool is refused: %s',
  async (none) => {
    await expect(openPostgres(none as never)).rejects.toThrow('openPostgres: the first argument must be a pg.Pool');
  },
);

it.each<[object, string]>([
  [{ table: ['customers'] }, 'openPostgres: table is no option of openPostgres: did you mean tables?'],
  [{ tables: 'customers' }, 'openPostgres: tables must be an array of strings'],
  [{ query: 'postgres://127.0.0.1/shop' }, 'openPostgres: query must be a pg.Pool'],
  [{ demand: 4 }, 'openPostgres: demand is wrong: demand: the options must be an object'],
])('an option that is unknown or cannot work is refused: %j', async (options, error) => {
  await expect(openPostgres(pool(), options as never)).rejects.toThrow(error);
});

it('a pool whose connection string is not set is refused, unless the environment says where to connect', async () => {
  for (const name of ['PGHOST', 'PGUSER', 'PGDATABASE']) vi.stubEnv(name, '');
  const unset = () => openPostgres(pool({ connectionString: undefined } as pg.PoolConfig));
  await expect(unset()).rejects.toThrow('openPostgres: the pool has no connection string');
  // Nothing listens there.
  vi.stubEnv('PGHOST', '127.0.0.1');
  vi.stubEnv('PGPORT', '1');
  await expect(unset()).rejects.not.toThrow('connection string');
});
