import type { UsageQuery, UsageRow } from '@sallyport/core';
import { CannotRun } from '../cannot-run.js';
import { reasonOf } from '../reason-of.js';
import { withoutPassword } from '../without-password.js';

/** Where a fleet keeps its usage. */
export type UsageSource =
  | { readonly auditUrl: string; readonly redisUrl?: never }
  | { readonly redisUrl: string; readonly auditUrl?: never; readonly prefix: string };

/** The top spenders, the dearest first, from where the fleet keeps them. Throws a {@link CannotRun} when that cannot be asked. */
export async function readUsage(source: UsageSource, query: UsageQuery): Promise<UsageRow[]> {
  if (source.auditUrl !== undefined) return fromPostgres(source.auditUrl, query);
  const { redisUsage } = await import('@sallyport/redis');
  const { connectedRedis } = await import('../connected-redis.js');
  const redis = await connectedRedis(source.redisUrl);
  try {
    return await redisUsage(redis, { prefix: source.prefix }).read(query);
  } finally {
    redis.disconnect();
  }
}

async function fromPostgres(url: string, query: UsageQuery): Promise<UsageRow[]> {
  const { DatabaseError, readUsage: read, withSession } = await import('@sallyport/postgres');
  try {
    return await withSession(url, 'sallyport-usage', (session) => read(session, query));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new CannotRun(`Postgres at ${withoutPassword(url)} cannot be asked: ${reasonOf(error.cause ?? error)}`);
  }
}
