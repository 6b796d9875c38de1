import { Command, Option } from '@commander-js/extra-typings';
import { CannotRun } from '../cannot-run.js';
import type { MakeCommand } from '../command.js';
import { json } from '../json.js';
import { count, urlTextOf } from '../option-values.js';
import { readUsage, type UsageSource } from '../usage/read-usage.js';
import { usageRange } from '../usage/usage-range.js';
import { usageText } from '../usage/usage-text.js';

/** Who spent what, the dearest first. */
export const usage: MakeCommand = ({ terminal, env }) =>
  new Command('usage')
    .summary('print the top spenders')
    .description(
      [
        'Prints what agents, tenants or tools spent in a range of days, the dearest first: cost, calls, time, estimated tokens.',
        'It is read where the fleet keeps it: from Postgres with the login of the auditor, or from Redis.',
      ].join(' '),
    )
    .addOption(
      new Option('--by <what>', 'whose calls are summed')
        .choices(['agent', 'tenant', 'tool'])
        .default('agent' as const),
    )
    .option('--top <number>', 'how many', count, 20)
    .option('--tenant <name>', 'of this tenant alone')
    .option('--days <number>', 'the last days, today included (default: 30)', count)
    .option('--from <day>', 'the first day, in UTC: 2026-11-01')
    .option('--to <day>', 'the last day (default: today)')
    .option(
      '--audit-url <url>',
      "Postgres, as the auditor's login (default: DATABASE_AUDIT_URL)",
      urlTextOf('postgres', 'postgresql'),
    )
    .option('--redis-url <url>', 'the Redis of the fleet (default: REDIS_URL)', urlTextOf('redis', 'rediss'))
    .option('--prefix <text>', 'before every key in Redis, as the instances have it', 'sallyport:')
    .option('--json', 'as JSON')
    .action(async ({ by, top, tenant, json: asJson, ...options }) => {
      const range = usageRange(options, Date.now());
      const query = { ...range, by, top, ...(tenant === undefined ? {} : { tenant }) };
      const rows = await readUsage(sourceOf(options, env), query);
      terminal.out(
        asJson === true ? json({ ...range, by, rows }) : usageText(rows, (line) => terminal.style('bold', line)),
      );
    });

interface SourceOptions {
  readonly auditUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly prefix: string;
}

/** What was typed goes before the environment, and Postgres before Redis. */
function sourceOf(
  { auditUrl, redisUrl, prefix }: SourceOptions,
  env: Readonly<Record<string, string | undefined>>,
): UsageSource {
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  if (auditUrl !== undefined && redisUrl !== undefined)
    throw new CannotRun('give either --audit-url or --redis-url, not both');
  const postgres = auditUrl ?? (redisUrl === undefined ? given('DATABASE_AUDIT_URL') : undefined);
  if (postgres !== undefined) return { auditUrl: postgres };
  const redis = redisUrl ?? given('REDIS_URL');
  if (redis !== undefined) return { redisUrl: redis, prefix };
  throw new CannotRun('name where usage is kept with --audit-url or --redis-url, DATABASE_AUDIT_URL or REDIS_URL');
}
