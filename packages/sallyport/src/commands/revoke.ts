import { Command } from '@commander-js/extra-typings';
import type { Revoked } from '@sallyport/core';
import type { RedisClient } from '@sallyport/redis';
import { CannotRun } from '../cannot-run.js';
import type { MakeCommand, Run } from '../command.js';
import { exitCode } from '../exit-code.js';
import { json } from '../json.js';
import { urlTextOf } from '../option-values.js';
import { printable } from '../printable.js';
import { entryText } from '../revoke/entry-text.js';
import { untilOf } from '../revoke/until-of.js';
import { table } from '../table.js';

/** Takes access away before tokens expire, for every instance that shares the Redis. */
export const revoke: MakeCommand = (run) =>
  new Command('revoke')
    .summary('take access away from a token, a subject or a tenant; list what is revoked')
    .description(
      [
        'Puts an entry on the deny list that all instances share: within 5 seconds its callers are refused everywhere. An entry',
        'ends by itself at the time that is given: when the last token it concerns has expired. With --undo it is taken back before.',
      ].join(' '),
    )
    .helpCommand(false)
    .addCommand(
      entering('token', 'One token of an issuer.')
        .argument('<id>', 'its `jti`')
        .requiredOption('--issuer <url>', 'its `iss`')
        .action((tokenId, options) => change(run, { issuer: options.issuer, tokenId }, options)),
    )
    .addCommand(
      entering('subject', 'All tokens of one caller.')
        .argument('<subject>', 'their `sub`')
        .requiredOption('--issuer <url>', 'their `iss`')
        .action((subject, options) => change(run, { issuer: options.issuer, subject }, options)),
    )
    .addCommand(
      entering('tenant', 'All callers of one tenant.')
        .argument('<tenant>', 'its name, as the tokens say it')
        .action((tenant, options) => change(run, { tenant }, options)),
    )
    .addCommand(
      onRedis('list', 'What is revoked, those entries first that end first.').action((options) => list(run, options)),
    );

interface RedisOptions {
  readonly redisUrl?: string | undefined;
  readonly prefix: string;
  readonly json?: true | undefined;
}

interface EntryOptions extends RedisOptions {
  readonly for?: string | undefined;
  readonly until?: string | undefined;
  readonly reason?: string | undefined;
  readonly undo?: true | undefined;
}

function onRedis(name: string, summary: string) {
  return new Command(name)
    .description(summary)
    .option('--redis-url <url>', 'the Redis of the fleet (default: REDIS_URL)', urlTextOf('redis', 'rediss'))
    .option('--prefix <text>', 'before every key, as the instances have it', 'sallyport:')
    .option('--json', 'as JSON');
}

function entering(name: string, summary: string) {
  return onRedis(name, summary)
    .option('--for <time>', 'how long: 30m, 12h, 7d')
    .option('--until <time>', 'when it ends: 2026-12-31T23:59:00Z')
    .option('--reason <text>', 'why, for whoever reads the list')
    .option('--undo', 'take exactly this entry back');
}

function change(run: Run, entry: Revoked, options: EntryOptions): Promise<void> {
  return options.undo === true ? takeBack(run, entry, options) : add(run, entry, options);
}

async function add(run: Run, entry: Revoked, options: EntryOptions): Promise<void> {
  const until = untilOf(options, Date.now());
  const { redisDenyList } = await import('@sallyport/redis');
  await withRedis(run, options, async (redis) => {
    const denied = redisDenyList(redis, { prefix: options.prefix });
    await denied.revoke(entry, until, options.reason).finally(() => denied.close());
  });
  const ends = new Date(until).toISOString();
  const text = `revoked: ${printable(entryText(entry))} until ${ends}; every instance refuses it within 5 seconds\n`;
  run.terminal.out(options.json === true ? json({ entry, until: ends }) : text);
}

async function takeBack(run: Run, entry: Revoked, options: EntryOptions): Promise<void> {
  const { for: lasts, until, reason } = options;
  if (lasts !== undefined || until !== undefined || reason !== undefined)
    throw new CannotRun('--undo takes an entry back at once: without --for, --until and --reason');
  const { redisDenyList } = await import('@sallyport/redis');
  const undone = await withRedis(run, options, async (redis) => {
    const denied = redisDenyList(redis, { prefix: options.prefix });
    return denied.reinstate(entry).finally(() => denied.close());
  });
  const who = printable(entryText(entry));
  const text = undone
    ? `taken back: ${who}; every instance lets it in again within 5 seconds, unless another entry concerns it\n`
    : `not on the list: ${who}; nothing was taken back\n`;
  run.terminal.out(options.json === true ? json({ entry, undone }) : text);
  if (!undone) run.ends(exitCode.wrong);
}

async function list(run: Run, options: RedisOptions): Promise<void> {
  const { revokedEntries } = await import('@sallyport/redis');
  const entries = await withRedis(run, options, async (redis) => {
    const found = [];
    for await (const { until, ...rest } of revokedEntries(redis, options)) {
      found.push({ ...rest, until: new Date(until).toISOString() });
    }
    return found;
  });
  const { terminal } = run;
  if (options.json === true) return terminal.out(json({ revoked: entries }));
  const rows = entries.map(({ entry, until, reason = '' }) => [until, entryText(entry), reason]);
  terminal.out(
    rows.length === 0
      ? 'nothing is revoked\n'
      : table(['until', 'revoked', 'reason'], rows, (line) => terminal.style('bold', line)),
  );
}

async function withRedis<T>({ env }: Run, options: RedisOptions, work: (redis: RedisClient) => Promise<T>): Promise<T> {
  const url = options.redisUrl ?? env.REDIS_URL ?? '';
  if (url === '') throw new CannotRun('name the Redis of the fleet with --redis-url or REDIS_URL');
  const { connectedRedis } = await import('../connected-redis.js');
  const redis = await connectedRedis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
