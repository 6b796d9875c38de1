import { Command } from '@commander-js/extra-typings';
import { CannotRun } from '../cannot-run.js';
import type { MakeCommand } from '../command.js';
import type { Finding } from '../doctor/finding.js';
import { findingsText } from '../doctor/findings-text.js';
import { type DoctorOptions, targets } from '../doctor/targets.js';
import { exitCode } from '../exit-code.js';
import { type EffectivePolicy, effectivePolicy } from '../explain/effective-policy.js';
import { json } from '../json.js';
import { loadModule } from '../load-module.js';
import { count, urlOf, urlTextOf } from '../option-values.js';
import type { Terminal } from '../terminal.js';

/** What is wrong with a deployment, and what to do about it. */
export const doctor: MakeCommand = ({ terminal, env, ends }) =>
  new Command('doctor')
    .summary('check a configuration and a running server, and say what to fix')
    .description(
      [
        "Checks what a server runs on, and a running one from outside. What to check comes from the options, from the module's",
        '`deployment`, or from the environment: DATABASE_URL, DATABASE_QUERY_URL, REDIS_URL, AUTH_ISSUER, AUTH_JWKS_URL.',
        'Ends with 1 when something must be fixed, with 2 when something could not be checked because it did not answer.',
      ].join(' '),
    )
    .argument('[module]', 'a module that exports `tools`, and perhaps `deployment`')
    .option('--url <url>', 'the MCP endpoint of a running server', urlOf('http', 'https'))
    .option('--admin-url <url>', 'its page of metrics', urlOf('http', 'https'))
    .option('--database-url <url>', 'Postgres, as the login of the server', urlTextOf('postgres', 'postgresql'))
    .option('--query-url <url>', 'Postgres, as the login for the SQL of agents', urlTextOf('postgres', 'postgresql'))
    .option('--pool <connections>', 'connections of the pool of one instance', count)
    .option('--agents <number>', 'agents expected at once on one instance', count)
    .option('--instances <number>', 'instances that run at once', count)
    .option('--redis-url <url>', 'Redis', urlTextOf('redis', 'rediss'))
    .option('--issuer <url>', 'the `iss` of the tokens')
    .option('--jwks-url <url>', 'where the issuer publishes its keys', urlTextOf('http', 'https'))
    .option('--json', 'as JSON')
    .action(async (path, { json: asJson, ...options }) => {
      const findings = await diagnosis(path, options, env, terminal);
      terminal.out(asJson === true ? json({ findings }) : findingsText(findings, terminal));
      const levels = new Set(findings.map(({ level }) => level));
      if (levels.has('unchecked')) ends(exitCode.cannotRun);
      else if (levels.has('error')) ends(exitCode.wrong);
    });

async function diagnosis(
  path: string | undefined,
  options: DoctorOptions,
  env: Readonly<Record<string, string | undefined>>,
  { say }: Terminal,
): Promise<Finding[]> {
  const module = path === undefined ? undefined : await loadModule(path);
  await module?.close();
  const { postgres, redis, issuer, instances = 1 } = targets(options, module?.deployment ?? {}, env);
  const { url, adminUrl } = options;
  const checks: [string, () => Promise<Finding[]>][] = [];
  if (postgres !== undefined) {
    const policies = (module?.tools ?? []).map((tool) => effectivePolicy(tool, [], ''));
    const fleet = { instances, concurrent: concurrentOf(policies), maxLimit: maxLimitOf(policies) };
    const { checkPostgres } = await import('../doctor/check-postgres.js');
    checks.push(['Postgres', () => checkPostgres(postgres, fleet)]);
  }
  if (redis !== undefined) {
    const { checkRedis } = await import('../doctor/check-redis.js');
    checks.push(['Redis', () => checkRedis(redis.url)]);
  }
  if (issuer !== undefined) {
    const { checkIssuer } = await import('../doctor/check-issuer.js');
    checks.push(['the issuer', () => checkIssuer(issuer.issuer, issuer.jwksUrl)]);
  }
  if (url !== undefined) {
    const { checkServer } = await import('../doctor/check-server.js');
    checks.push(['the server', () => checkServer(url)]);
  }
  if (adminUrl !== undefined) {
    const { checkMetrics } = await import('../doctor/check-metrics.js');
    checks.push(['the metrics', () => checkMetrics(adminUrl)]);
  }
  if (checks.length === 0) {
    throw new CannotRun(
      'there is nothing to check: name a module with a deployment, or give --url, --database-url or --redis-url',
    );
  }
  const findings: Finding[] = [];
  for (const [what, check] of checks) {
    say(`checking ${what} …`);
    findings.push(...(await check()));
  }
  return findings;
}

/** Calls that one agent may have running, as far as the tools say it in numbers. */
function concurrentOf(policies: readonly EffectivePolicy[]): number | undefined {
  return largest(
    policies.map(({ limits }) => (typeof limits?.agent === 'object' ? limits.agent.concurrent : undefined)),
  );
}

/** Calls that may run at once, whoever makes them. */
function maxLimitOf(policies: readonly EffectivePolicy[]): number | undefined {
  return largest(policies.map(({ maxInFlight }) => maxInFlight));
}

function largest(found: readonly (number | undefined)[]): number | undefined {
  const known = found.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
