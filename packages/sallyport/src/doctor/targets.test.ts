import { expect, test } from 'vitest';
import { targets } from './targets.js';

const env = {
  DATABASE_URL: 'postgres://env',
  REDIS_URL: 'redis://env',
  AUTH_ISSUER: 'env',
  AUTH_JWKS_URL: 'https://env',
};
const module = { postgres: { url: 'postgres://module', agents: 3, tables: ['t'] }, instances: 2 };

test('what was typed goes before what the module says, and that before the environment', () => {
  expect(targets({ databaseUrl: 'postgres://typed', agents: 9 }, module, env)).toEqual({
    postgres: { url: 'postgres://typed', agents: 9, tables: ['t'] },
    redis: { url: 'redis://env' },
    issuer: { issuer: 'env', jwksUrl: 'https://env' },
    instances: 2,
  });
  expect(targets({}, module, env).postgres?.url).toBe('postgres://module');
  expect(targets({}, {}, env).postgres?.url).toBe('postgres://env');
});

test('what nobody names is not checked, and an empty variable names nothing', () => {
  expect(targets({}, {}, { DATABASE_URL: '', REDIS_URL: '' })).toEqual({});
});
