import type { Deployment, PostgresDeployment } from '../server-module.js';

/** The options of `doctor`, as they were typed. */
export interface DoctorOptions {
  readonly url?: URL | undefined;
  readonly adminUrl?: URL | undefined;
  readonly databaseUrl?: string | undefined;
  readonly queryUrl?: string | undefined;
  readonly pool?: number | undefined;
  readonly agents?: number | undefined;
  readonly instances?: number | undefined;
  readonly redisUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly jwksUrl?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is to be checked: what was typed goes before what the module says, and that before the environment. */
export function targets(options: DoctorOptions, module: Deployment, env: Environment): Deployment {
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  const database = options.databaseUrl ?? module.postgres?.url ?? given('DATABASE_URL');
  const redis = options.redisUrl ?? module.redis?.url ?? given('REDIS_URL');
  const issuer = options.issuer ?? module.issuer?.issuer ?? given('AUTH_ISSUER');
  const jwksUrl = options.jwksUrl ?? module.issuer?.jwksUrl ?? given('AUTH_JWKS_URL');
  const instances = options.instances ?? module.instances;
  return {
    ...(database === undefined ? {} : { postgres: postgres(database, options, module, given('DATABASE_QUERY_URL')) }),
    ...(redis === undefined ? {} : { redis: { url: redis } }),
    ...(jwksUrl === undefined ? {} : { issuer: { issuer: issuer ?? '', jwksUrl } }),
    ...(instances === undefined ? {} : { instances }),
  };
}

function postgres(
  url: string,
  { queryUrl: typedQueryUrl, pool, agents }: DoctorOptions,
  { postgres: module }: Deployment,
  queryUrlOfEnvironment: string | undefined,
): PostgresDeployment {
  const queryUrl = typedQueryUrl ?? module?.queryUrl ?? queryUrlOfEnvironment;
  return {
    ...module,
    url,
    ...(queryUrl === undefined ? {} : { queryUrl }),
    ...(pool === undefined ? {} : { maxConnections: pool }),
    ...(agents === undefined ? {} : { agents }),
  };
}
