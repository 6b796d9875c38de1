import { accessScopes, isTenantName, resourceScope } from '@sallyport/core';
import { z } from 'zod';

/** Digits only: `Number` would read blanks and hexadecimals as well. */
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be ${least} to ${most}`);
const url = z.url();
const name = z.string().min(1);

/** Whoever can change what these answer decides who is let in. */
const secureUrl = url.refine((text) => /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(`${text}/`), {
  error: 'must be https, or http on this machine',
});
const databaseUrl = url
  .refine((text) => /^postgres(ql)?:/.test(text), { error: 'must begin with postgres://' })
  .refine(isDecodable, { error: 'has a % that begins no percent-encoding; a % of a password is written %25' });

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** What a caller over stdio may hold. A tool with a scope of its own needs it here as well. */
const scopes: ReadonlySet<string> = new Set([...Object.values(accessScopes), resourceScope]);
const scopeList = z
  .string()
  .transform((text) => text.split(' '))
  .refine((given) => given.every((scope) => scopes.has(scope)), {
    error: `must be scopes separated by single spaces, of ${[...scopes].join(', ')}`,
  });

/** Without parameters: the client would take them for options, and these decide what happens when Redis is away. */
function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search } = new URL(text);
  return /^rediss?:$/.test(protocol) && hostname !== '' && /^(\/\d*)?$/.test(pathname) && search === '';
}

const Environment = z.object({
  PORT: whole(0, 65_535).default(3000),
  HOST: name.default('127.0.0.1'),
  TRUSTED_PROXIES: whole(0, 10).default(0),
  ADMIN_PORT: whole(0, 65_535).optional(),
  ADMIN_HOST: name.default('127.0.0.1'),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_QUERY_URL: databaseUrl.optional(),
  DATABASE_ADMIN_URL: databaseUrl.optional(),
  // Of migrate, `sallyport-postgres audit` and `sallyport usage`; may be in the shell of the server.
  DATABASE_AUDIT_URL: databaseUrl.optional(),
  REDIS_URL: z
    .string()
    .refine(isRedisUrl, 'must be redis://host:port/database, or rediss://, without parameters')
    .optional(),
  REDIS_INSTANCES: whole(1, 1_000_000).optional(),
  PAYMENTS_URL: secureUrl.optional(),
  AUTH_ISSUER: secureUrl.optional(),
  AUTH_JWKS_URL: secureUrl.optional(),
  AUTH_AUDIENCE: name.optional(),
  AUTH_TENANT_CLAIM: name.optional(),
  AUTH_PLAN_CLAIM: name.optional(),
  STDIO_TENANT: z.string().refine(isTenantName, 'cannot name a tenant').default('acme'),
  STDIO_AGENT: name.default('stdio'),
  STDIO_SCOPE: scopeList.default(['mcp:tools:read', 'mcp:tools:write']),
});
type Environment = z.output<typeof Environment>;

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1']);

/** Variables with these prefixes are this server's: one that is not known is a typing error, and is refused. */
const ownPrefixes = ['ADMIN_', 'AUTH_', 'DATABASE_', 'PAYMENTS_', 'REDIS_', 'STDIO_', 'TRUSTED_'];

/** What the environment says, checked. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** How many proxies of ours append to `X-Forwarded-For`. */
  readonly trustedProxies: number;
  /** Where metrics are served. Over stdio absent unless a port is given; over HTTP a free port then. */
  readonly admin: { readonly port: number; readonly host: string } | undefined;
  /** Whether spans are sent, by the standard variables of OpenTelemetry. */
  readonly tracing: boolean;
  /** Absent: the embedded database. */
  readonly database: { readonly url: string; readonly queryUrl: string | undefined } | undefined;
  /** Absent: limits, results and revocations live in this process. */
  readonly redis: { readonly url: string; readonly instances: number } | undefined;
  /** Absent: a fake provider in this process. */
  readonly paymentsUrl: string | undefined;
  /** Absent: the development issuer. */
  readonly issuer:
    | {
        readonly issuer: string;
        readonly jwksUrl: string;
        readonly audience: string;
        readonly tenantClaim: string;
        readonly planClaim: string;
      }
    | undefined;
  /** Who calls over stdio, where there is no token. */
  readonly stdio: { readonly tenant: string; readonly agent: string; readonly scopes: readonly string[] };
}

/** What is wrong with the variables of the server together: each by name. */
function contradictions(own: Environment): readonly string[] {
  const { HOST, DATABASE_URL, DATABASE_QUERY_URL, DATABASE_ADMIN_URL, REDIS_URL, REDIS_INSTANCES } = own;
  const { AUTH_ISSUER, AUTH_JWKS_URL, AUTH_AUDIENCE, AUTH_TENANT_CLAIM, AUTH_PLAN_CLAIM } = own;
  const issuer = { AUTH_ISSUER, AUTH_JWKS_URL, AUTH_AUDIENCE };
  const missing = Object.entries(issuer).flatMap(([key, value]) => (value === undefined ? [key] : []));
  const claims = Object.entries({ AUTH_TENANT_CLAIM, AUTH_PLAN_CLAIM });
  const onLoopback = loopback.has(HOST);
  const found: [boolean, string][] = [
    [
      missing.length === 1 || missing.length === 2,
      `${missing.join(', ')}: AUTH_ISSUER, AUTH_JWKS_URL and AUTH_AUDIENCE belong together: set all three or none`,
    ],
    ...claims.map(([key, value]): [boolean, string] => [
      value !== undefined && missing.length === 3,
      `${key}: the development issuer has claims of its own; set it together with AUTH_ISSUER, AUTH_JWKS_URL and AUTH_AUDIENCE`,
    ]),
    [
      missing.length === 3 && !onLoopback,
      `HOST: the development issuer serves loopback only; set AUTH_ISSUER, AUTH_JWKS_URL and AUTH_AUDIENCE to listen on ${HOST}`,
    ],
    [
      AUTH_AUDIENCE !== undefined && !onLoopback && !/^https?:/.test(AUTH_AUDIENCE),
      `AUTH_AUDIENCE: must be the URL that clients on other machines call, to listen on ${HOST}`,
    ],
    [
      DATABASE_QUERY_URL !== undefined && DATABASE_URL === undefined,
      'DATABASE_QUERY_URL: the embedded database has no use for it; set DATABASE_URL too',
    ],
    [
      DATABASE_ADMIN_URL !== undefined && DATABASE_URL === undefined,
      'DATABASE_ADMIN_URL: only migrate uses it; set DATABASE_URL to the login of the server, or unset it for the embedded database',
    ],
    [
      REDIS_INSTANCES !== undefined && REDIS_URL === undefined,
      'REDIS_INSTANCES: without Redis there is no fleet; set REDIS_URL too',
    ],
  ];
  return found.flatMap(([wrong, problem]) => (wrong ? [problem] : []));
}

/** The environment cannot be used; the message says every variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the configuration. An empty variable counts as absent, but for STDIO_SCOPE: no scopes are not the default ones. Throws a {@link ConfigError}. */
export function readConfig(environment: NodeJS.ProcessEnv, { stdio = false } = {}): Config {
  const own = parse(environment);
  const problems = contradictions(own);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return {
    port: own.PORT,
    host: own.HOST,
    trustedProxies: own.TRUSTED_PROXIES,
    admin: stdio && own.ADMIN_PORT === undefined ? undefined : { port: own.ADMIN_PORT ?? 0, host: own.ADMIN_HOST },
    tracing: sendsSpans(environment),
    database: own.DATABASE_URL === undefined ? undefined : { url: own.DATABASE_URL, queryUrl: own.DATABASE_QUERY_URL },
    redis: own.REDIS_URL === undefined ? undefined : { url: own.REDIS_URL, instances: own.REDIS_INSTANCES ?? 1 },
    paymentsUrl: own.PAYMENTS_URL,
    issuer:
      own.AUTH_ISSUER === undefined || own.AUTH_JWKS_URL === undefined || own.AUTH_AUDIENCE === undefined
        ? undefined
        : {
            issuer: own.AUTH_ISSUER,
            jwksUrl: own.AUTH_JWKS_URL,
            audience: own.AUTH_AUDIENCE,
            tenantClaim: own.AUTH_TENANT_CLAIM ?? 'tenant',
            planClaim: own.AUTH_PLAN_CLAIM ?? 'plan',
          },
    stdio: { tenant: own.STDIO_TENANT, agent: own.STDIO_AGENT, scopes: own.STDIO_SCOPE },
  };
}

function sendsSpans(environment: NodeJS.ProcessEnv): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = environment;
  const to = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || OTEL_EXPORTER_OTLP_ENDPOINT;
  return to !== undefined && to !== '' && OTEL_SDK_DISABLED !== 'true';
}

/** What `migrate` needs. Throws a {@link ConfigError}. */
export function readAdminConfig(environment: NodeJS.ProcessEnv): {
  readonly adminUrl: string;
  readonly url: string | undefined;
  readonly queryUrl: string | undefined;
  readonly auditUrl: string | undefined;
} {
  const own = parse(environment);
  if (own.DATABASE_ADMIN_URL === undefined) {
    throw new ConfigError('DATABASE_ADMIN_URL: set it to the URL of a role that may create roles and tables');
  }
  return {
    adminUrl: own.DATABASE_ADMIN_URL,
    url: own.DATABASE_URL,
    queryUrl: own.DATABASE_QUERY_URL,
    auditUrl: own.DATABASE_AUDIT_URL,
  };
}

function parse(environment: NodeJS.ProcessEnv): Environment {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([key, value]) => value !== '' || key === 'STDIO_SCOPE'),
  );
  const unknown = Object.keys(given).filter(
    (key) => ownPrefixes.some((prefix) => key.startsWith(prefix)) && !(key in Environment.shape),
  );
  const parsed = Environment.safeParse(given);
  const problems = [
    ...unknown.map((key) => `${key}: not a variable of this server`),
    ...(parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigError(problems.join('\n'));
}
