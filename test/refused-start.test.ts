import { expect, test } from 'vitest';
import { refusedStart } from './support/example-server.js';

// Every environment the example must not start with: it ends with 2 and a message that names the variable, and nothing else.

const issuer = {
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_JWKS_URL: 'https://issuer.example/jwks',
  AUTH_AUDIENCE: 'https://mcp.example/mcp',
};
const { AUTH_ISSUER, AUTH_JWKS_URL, AUTH_AUDIENCE } = issuer;
const database = 'postgres://sallyport_app:hunter2@127.0.0.1:5432/shop';

const cases: readonly (readonly [string, Record<string, string>, string])[] = [
  ['a port that is no port', { PORT: 'http' }, 'PORT'],
  ['a port beyond the last', { PORT: '65536' }, 'PORT'],
  ['a port below the first', { PORT: '-1' }, 'PORT'],
  ['a port with a fraction', { PORT: '30.5' }, 'PORT'],
  ['a blank for a port', { PORT: ' ' }, 'PORT'],
  ['a port in hexadecimal', { PORT: '0x50' }, 'PORT'],
  ['a port with an exponent', { PORT: '3e3' }, 'PORT'],
  ['a tenant with a path in it', { STDIO_TENANT: 'acme/../globex' }, 'STDIO_TENANT'],
  ['a blank tenant', { STDIO_TENANT: ' ' }, 'STDIO_TENANT'],
  ['no scopes, which are not the default ones', { STDIO_SCOPE: '' }, 'STDIO_SCOPE'],
  ['blank scopes', { STDIO_SCOPE: ' ' }, 'STDIO_SCOPE'],
  ['scopes separated by commas', { STDIO_SCOPE: 'mcp:tools:read,mcp:tools:write' }, 'STDIO_SCOPE'],
  ['a scope that no tool knows', { STDIO_SCOPE: 'mcp:tools:read admin' }, 'STDIO_SCOPE'],
  ['a password with a bare %', { DATABASE_URL: 'postgres://u:hunter2%zz@127.0.0.1/shop' }, 'DATABASE_URL: '],
  ['a fleet counted in hexadecimal', { REDIS_URL: 'redis://127.0.0.1', REDIS_INSTANCES: '0x3' }, 'REDIS_INSTANCES'],
  ['a Redis URL of another kind', { REDIS_URL: 'http://127.0.0.1:6379' }, 'REDIS_URL'],
  ['a Redis URL without a host', { REDIS_URL: 'redis://' }, 'REDIS_URL'],
  ['a Redis URL with options', { REDIS_URL: 'redis://127.0.0.1?enableOfflineQueue=true' }, 'REDIS_URL'],
  ['a fleet of no instances', { REDIS_URL: 'redis://127.0.0.1', REDIS_INSTANCES: '0' }, 'REDIS_INSTANCES'],
  ['a fleet without Redis', { REDIS_INSTANCES: '3' }, 'REDIS_INSTANCES'],
  ['an issuer alone', { AUTH_ISSUER }, 'AUTH_JWKS_URL, AUTH_AUDIENCE'],
  ['keys alone', { AUTH_JWKS_URL }, 'AUTH_ISSUER, AUTH_AUDIENCE'],
  ['an audience alone', { AUTH_AUDIENCE }, 'AUTH_ISSUER, AUTH_JWKS_URL'],
  ['no audience', { AUTH_ISSUER, AUTH_JWKS_URL }, 'AUTH_AUDIENCE: '],
  ['no keys', { AUTH_ISSUER, AUTH_AUDIENCE }, 'AUTH_JWKS_URL: '],
  ['no issuer', { AUTH_JWKS_URL, AUTH_AUDIENCE }, 'AUTH_ISSUER: '],
  ['an empty audience', { ...issuer, AUTH_AUDIENCE: '' }, 'AUTH_AUDIENCE: '],
  ['an issuer that is no URL', { ...issuer, AUTH_ISSUER: 'issuer' }, 'AUTH_ISSUER'],
  ['an issuer without TLS', { ...issuer, AUTH_ISSUER: 'http://issuer.example' }, 'AUTH_ISSUER'],
  ['keys without TLS', { ...issuer, AUTH_JWKS_URL: 'http://issuer.example/jwks' }, 'AUTH_JWKS_URL'],
  ['keys that only look local', { ...issuer, AUTH_JWKS_URL: 'http://127.0.0.1.evil.example/jwks' }, 'AUTH_JWKS_URL'],
  ['a tenant claim without an issuer', { AUTH_TENANT_CLAIM: 'org' }, 'AUTH_TENANT_CLAIM'],
  ['a plan claim without an issuer', { AUTH_PLAN_CLAIM: 'tier' }, 'AUTH_PLAN_CLAIM'],
  ['an unknown variable', { AUTH_ISUER: 'https://issuer.example' }, 'AUTH_ISUER'],
  ['another unknown variable', { DATABASE_URI: database }, 'DATABASE_URI'],
  ['the development issuer for everybody', { HOST: '0.0.0.0' }, 'HOST'],
  ['an address of another machine', { ...issuer, HOST: '192.0.2.1' }, 'HOST'],
  [
    'an audience that is no URL, for everybody',
    { ...issuer, HOST: '0.0.0.0', AUTH_AUDIENCE: 'urn:x' },
    'AUTH_AUDIENCE',
  ],
  ['a database URL that is none', { DATABASE_URL: 'postgres' }, 'DATABASE_URL'],
  ['a database that is no Postgres', { DATABASE_URL: 'mysql://root@127.0.0.1/shop' }, 'DATABASE_URL'],
  ['a query login without a database', { DATABASE_QUERY_URL: database }, 'DATABASE_QUERY_URL'],
  ['an administrator without a database', { DATABASE_ADMIN_URL: database }, 'DATABASE_ADMIN_URL'],
  ['several at once: all of them', { PORT: 'x', AUTH_ISUER: 'x' }, 'AUTH_ISUER: not a variable of this server\nPORT'],
];

test.each(cases)('%s is refused', async (_case, env, named) => {
  const { code, stderr, stdout } = await refusedStart(env);
  expect(code).toBe(2);
  expect(stderr).toContain(named);
  expect(stderr).not.toMatch(/ {4}at |hunter2/);
  expect(stdout).toBe('');
});

test.each(['--http', 'start'])('an argument that it does not know is refused: %s', async (argument) => {
  const { code, stderr } = await refusedStart({}, [argument]);
  expect(code).toBe(2);
  expect(stderr).toContain(argument);
  expect(stderr).not.toContain('    at ');
});

test.each(['', ' ', 'initech', 'acme/../globex', 'ACME'])(
  'a token for a tenant that is not there is refused: %j',
  async (tenant) => {
    const { code, stderr, stdout } = await refusedStart({}, ['--tenant', tenant], 'token');
    expect(code).toBe(2);
    expect(stderr).toContain('--tenant: ');
    expect(stdout).toBe('');
  },
);

test.each(['DATABASE_ADMIN_URL', 'DATABASE_URL', 'DATABASE_QUERY_URL'])(
  'migrate names the URL with a bare %: %s',
  async (named) => {
    const bad = { [named]: 'postgres://u:hunter2%zz@127.0.0.1:1/shop' };
    const { code, stderr } = await refusedStart({ DATABASE_ADMIN_URL: database, ...bad }, [], 'migrate');
    expect(code).toBe(2);
    expect(stderr).toContain(`${named}: `);
    expect(stderr).not.toMatch(/ {4}at |hunter2/);
  },
);
